/** One of several clients: issues its streams strictly one statement after the other, and hands on every answer. */

import { Problem } from "../language/problem.js";
import type { Link } from "../session/link.js";
import { EXIT, exitCode, type Reply } from "../session/reply.js";
import { Session } from "../session/session.js";
import { fileReader } from "../session/values.js";
import type { Line, Stream } from "./stream.js";

/** What a statement came to, and who issued it. Without a text it is about the stream. */
export type Answer = {
  client: number;
  file: string;
  line: number;
  text: string | undefined;
  reply: Reply;
  tookMs: number;
};

/** Takes an answer; resolves when the client may go on. */
export type Report = (answer: Answer) => Promise<void> | void;

/**
 * Which streams each client runs, one after the other. With fewer clients than streams they are dealt in turn, with more
 * they begin again from the first one, so that each client has something to do.
 */
export function deal<T>(streams: readonly T[], clients: number): T[][] {
  const rounds = Math.max(streams.length, clients);
  const hands: T[][] = Array.from({ length: clients }, () => []);
  for (let turn = 0; turn < rounds; turn += 1) {
    const stream = streams[turn % streams.length];
    if (stream !== undefined) hands[turn % clients]?.push(stream);
  }
  return hands;
}

export class Client {
  readonly #number: number;
  readonly #link: Link;
  readonly #report: Report;
  readonly #stop: AbortSignal;

  /** After `stop` it ends as soon as what it has issued is answered. */
  constructor(number: number, link: Link, report: Report, stop: AbortSignal) {
    this.#number = number;
    this.#link = link;
    this.#report = report;
    this.#stop = stop;
  }

  /** Runs the streams, each in a session of its own. A cluster that cannot be reached any more ends them all. */
  async run(streams: readonly Stream[]): Promise<void> {
    for (const stream of streams) if (!(await this.#stream(stream))) return;
  }

  async #stream({ name, lines }: Stream): Promise<boolean> {
    const session = new Session(this.#link, fileReader(undefined));
    let last = 0;
    for await (const line of lines()) {
      last = line.line;
      const how = await this.#issue(session, line, name);
      if (how === "gone") return false;
      if (how === "quit") break;
    }
    if (session.pending !== undefined) {
      const error = new Problem("the stream ends inside a transaction: nothing of it was sent; end it with commit");
      const reply: Reply = { kind: "failed", error };
      await this.#report({ client: this.#number, file: name, line: last, text: undefined, reply, tookMs: 0 });
    }
    return true;
  }

  async #issue(session: Session, { line, text, statements }: Line, file: string): Promise<"done" | "quit" | "gone"> {
    for (const statement of statements) {
      if (this.#stop.aborted) return "gone";
      if (statement.kind === "quit") return "quit";
      const start = performance.now();
      const reply = await session.run(statement);
      const tookMs = performance.now() - start;
      await this.#report({ client: this.#number, file, line, text: text.trim(), reply, tookMs });
      if (exitCode(reply) === EXIT.unreachable) return "gone";
    }
    return "done";
  }
}
