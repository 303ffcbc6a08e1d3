/** `ayes watch`: committed changes as they come, until Ctrl-C. */

import type { Key } from "../../runtime/composite.js";
import { eventBody } from "../../runtime/gateway/events.js";
import { Problem } from "../language/problem.js";
import { changeText } from "../output/change.js";
import { EXIT } from "../session/reply.js";
import { connect } from "./engine.js";
import { placeOf } from "./place.js";
import type { Flags } from "./scripts.js";
import { onStopSignal } from "./signals.js";

export type WatchFlags = Flags & { since?: string };

/** One line for each transaction, or with `--json` one object. The position of the last one is where to go on. */
export async function watch(prefix: string | undefined, flags: WatchFlags): Promise<number> {
  const options = { prefix: prefixOf(prefix), since: flags.since };
  const cluster = await connect(placeOf(flags.url));
  const watching = cluster.watch(options);
  const forget = onStopSignal(() => void watching.return());
  try {
    const start = await watching.started;
    if (!flags.json && !flags.quiet) process.stderr.write(`watching after ${start}; Ctrl-C ends it\n`);
    for await (const event of watching) {
      const line = flags.json ? JSON.stringify(eventBody(event)) : changeText(event);
      // Whoever reads slowly slows the watch down, and nothing gathers here.
      if (!process.stdout.write(`${line}\n`)) await new Promise((resolve) => process.stdout.once("drain", resolve));
    }
    return EXIT.done;
  } finally {
    forget();
    await cluster.close();
  }
}

/** Parts are written as a list. */
function prefixOf(text: string | undefined): Key | undefined {
  if (text === undefined || !text.startsWith("[")) return text;
  try {
    return JSON.parse(text) as Key;
  } catch {
    throw new Problem(`${text} is no list in JSON; for example: ayes watch '["accounts",5]'`);
  }
}
