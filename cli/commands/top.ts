/** `ayes top`: what a cluster does, second by second, until Ctrl-C. */

import type { Status } from "../../runtime/api.js";
import { jsonLine } from "../output/json.js";
import { Printer } from "../output/printer.js";
import { between, type Sample } from "../output/rates.js";
import { topHeader, topLine, topText } from "../output/top.js";
import { viewOf } from "../output/view.js";
import { Connection } from "../session/link.js";
import { EXIT } from "../session/reply.js";
import { Session } from "../session/session.js";
import { fileReader } from "../session/values.js";
import { connect } from "./engine.js";
import { placeOf } from "./place.js";
import type { Flags } from "./scripts.js";
import { onStopSignal } from "./signals.js";

export type TopFlags = Flags & { interval: number; count?: number };

/** To the corner, and clear what is left of each line and below: nothing flickers. */
const [HOME, LINE_REST, SCREEN_REST] = ["\u001b[H", "\u001b[K", "\u001b[J"];

/** Shows until Ctrl-C, or as often as it was asked to; a cluster that goes away is waited for. */
export async function top(url: string | undefined, flags: TopFlags): Promise<number> {
  const place = placeOf(url ?? flags.url);
  const link = new Connection(() => connect(place));
  const session = new Session(link, fileReader(undefined));
  const screen = new Screen(flags);
  const stop = new Stopper();
  try {
    for (let shows = 0; !stop.asked && shows < (flags.count ?? Number.POSITIVE_INFINITY); ) {
      const reply = await session.run({ kind: "status" });
      if (reply.kind === "status") shows += Number(screen.show(reply.status));
      else if (reply.kind === "failed") {
        screen.printer.fail(reply.error);
        if (screen.isFresh) return EXIT.unreachable;
      }
      const isLast = shows === flags.count;
      if (!isLast) await stop.pause(flags.interval * 1000);
    }
    return EXIT.done;
  } finally {
    stop.forget();
    await link.close();
  }
}

class Screen {
  readonly printer: Printer;
  #last: Sample | undefined;

  constructor(flags: TopFlags) {
    this.printer = new Printer(viewOf(process.stdout, flags, "ayes "));
  }

  /** Whether nothing was seen of the cluster yet. */
  get isFresh(): boolean {
    return this.#last === undefined;
  }

  /** False the first time, when there is nothing to compare with. */
  show(status: Status): boolean {
    const { view } = this.printer;
    const earlier = this.#last;
    this.#last = { at: Date.now(), status };
    const second = earlier && between(earlier, this.#last);
    if (view.terminal && !view.json) {
      const lines = topText(view, status, second).split("\n").slice(0, rowsOf());
      process.stdout.write(`${HOME}${lines.map((line) => `${line}${LINE_REST}\n`).join("")}${SCREEN_REST}`);
    } else if (!second) {
      if (!view.json && !view.quiet) process.stdout.write(`${topHeader()}\n`);
    } else {
      const { nodes, inDoubt } = status;
      const line = view.json ? jsonLine({ ...second, inDoubt, nodes }) : topLine(status, second);
      process.stdout.write(`${line}\n`);
    }
    return second !== undefined;
  }
}

/** One line less than the screen has, so that it never scrolls. */
function rowsOf(): number {
  return Math.max(5, (process.stdout.rows ?? 1000) - 1);
}

/** Waits, but no longer than until somebody wants it to end. */
class Stopper {
  readonly forget: () => void;
  asked = false;
  #wake: () => void = () => undefined;

  constructor() {
    this.forget = onStopSignal(() => {
      this.asked = true;
      this.#wake();
    });
  }

  async pause(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      setTimeout(resolve, ms);
    });
  }
}
