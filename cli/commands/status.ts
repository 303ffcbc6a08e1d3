/** `ayes status`: once, or again and again in place. */

import { Printer } from "../output/printer.js";
import { viewOf } from "../output/view.js";
import { Connection } from "../session/link.js";
import { EXIT, exitCode } from "../session/reply.js";
import { Session } from "../session/session.js";
import { fileReader } from "../session/values.js";
import { connect } from "./engine.js";
import { placeOf } from "./place.js";
import type { Flags } from "./scripts.js";
import { onStopSignal } from "./signals.js";

export type StatusFlags = Flags & { watch?: boolean | number };

const CLEAR = "\u001b[H\u001b[2J";

/** Shows the status; with `--watch` until Ctrl-C, also while the cluster is away. */
export async function status(url: string | undefined, flags: StatusFlags): Promise<number> {
  const place = placeOf(url ?? flags.url);
  const printer = new Printer(viewOf(process.stdout, flags, "ayes "));
  const link = new Connection(() => connect(place));
  const session = new Session(link, fileReader(undefined));
  try {
    const reply = await session.run({ kind: "status" });
    if (flags.watch === undefined || flags.watch === false) {
      printer.show(reply);
      return exitCode(reply);
    }
    await watch(session, printer, flags.watch === true ? 1 : flags.watch);
    return EXIT.done;
  } finally {
    await link.close();
  }
}

async function watch(session: Session, printer: Printer, seconds: number): Promise<void> {
  let stopped = false;
  let wake: () => void = () => undefined;
  const forget = onStopSignal(() => {
    stopped = true;
    wake();
  });
  while (!stopped) {
    const reply = await session.run({ kind: "status" });
    if (printer.view.terminal && !printer.view.json) process.stdout.write(CLEAR);
    printer.show(reply);
    await new Promise<void>((resolve) => {
      wake = resolve;
      setTimeout(resolve, seconds * 1000);
    });
  }
  forget();
}
