/** The master's end of a connection: answers cut by either framing. */

import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Framing } from "../../cli/compat/lines.js";

const AGAIN_MS = 20;

/** Cuts what a process says into answers. */
export class AnswerReader {
  readonly #framing: Framing;
  #buffer = Buffer.alloc(0);

  constructor(framing: Framing) {
    this.#framing = framing;
  }

  *push(chunk: Buffer): Iterable<string> {
    this.#buffer = Buffer.concat([this.#buffer, chunk]);
    for (let answer = this.#take(); answer !== undefined; answer = this.#take()) yield answer;
  }

  #take(): string | undefined {
    const end = this.#buffer.indexOf(this.#framing === "line" ? "\n" : "-");
    if (end < 0) return undefined;
    const head = this.#buffer.subarray(0, end).toString();
    if (this.#framing === "line") {
      this.#buffer = this.#buffer.subarray(end + 1);
      return head;
    }
    if (!/^\d+$/.test(head)) throw new Error(`${JSON.stringify(head)} is no length`);
    const whole = end + 1 + Number(head);
    if (this.#buffer.length < whole) return undefined;
    const answer = this.#buffer.subarray(end + 1, whole).toString();
    this.#buffer = this.#buffer.subarray(whole);
    return answer;
  }
}

export type Line = { send(line: string): void; close(): void };

/** Connects within a bound. `broken` is told what would be a traceback in the published master. */
export async function converse(
  port: number,
  framing: Framing,
  withinMs: number,
  hear: (answer: string) => void,
  broken: (why: string) => void,
): Promise<Line> {
  const reader = new AnswerReader(framing);
  const socket = await reached(port, withinMs);
  socket.on("error", (error: NodeJS.ErrnoException) => broken(String(error.code)));
  socket.on("data", (chunk) => {
    try {
      for (const answer of reader.push(chunk)) hear(answer);
    } catch (error) {
      broken(error instanceof Error ? error.message : String(error));
      socket.destroy();
    }
  });
  return { send: (line) => socket.write(`${line}\n`), close: () => socket.destroy() };
}

async function reached(port: number, withinMs: number): Promise<Socket> {
  const end = performance.now() + withinMs;
  for (;;) {
    const socket = connect(port, "127.0.0.1");
    try {
      await once(socket, "connect");
      return socket;
    } catch (error) {
      if (performance.now() > end) throw error;
      await sleep(AGAIN_MS);
    }
  }
}
