/** A history: what clients asked, and what they were told, one JSON object a line; and a recorder that writes one. */

import { closeSync, openSync, writeFileSync } from "node:fs";
import { jsonLine } from "../output/json.js";

/**
 * One step of a transaction. A scan reads all keys with a prefix, as a list of [KEY, VALUE]. `null` is what a read gives for a key that does not exist (or a list nobody appended to),
 * and what stands in place of its value before it is known.
 */
export type Micro =
  | ["r", string, unknown]
  | ["scan", string, unknown]
  | ["w", string, unknown]
  | ["append", string, unknown];

/** What a client asks for. */
export type Request =
  | { f: "get"; key: string }
  | { f: "put"; key: string; value: unknown }
  | { f: "delete"; key: string }
  | { f: "txn"; value: readonly Micro[] };

/**
 * One line. Each process has at most one request under way: an `invoke`, then one of `ok` (it happened), `fail` (it
 * certainly did not and never will) and `info` (nobody knows: it may take effect at any later time, or never). The
 * value of an `ok` holds what was read. Real time is the order of the lines; `time` may not go back, and is for people.
 */
export type HistoryEvent = {
  process: number;
  type: "invoke" | "ok" | "fail" | "info";
  f: Request["f"];
  /** Not for `txn`, whose steps name their keys. */
  key?: string;
  value?: unknown;
  time: number;
};

const BUFFER_CHARACTERS = 64 * 1024;

/**
 * Writes a history to a file. Call `invoke` before the request leaves, and the others after its answer came: then what
 * overlaps in the file overlapped in truth.
 */
export class HistoryRecorder {
  readonly #file: number;
  readonly #origin: bigint;
  readonly #open = new Map<number, Request>();
  #buffer = "";

  /** `time` is in milliseconds since `origin`, on the clock of the machine: recorders of one machine can share it. */
  constructor(file: string, origin: bigint = process.hrtime.bigint()) {
    this.#file = openSync(file, "w");
    this.#origin = origin;
  }

  invoke(process: number, request: Request): void {
    if (this.#open.has(process)) throw new Error(`process ${process} already waits for an answer`);
    this.#open.set(process, request);
    this.#write(process, "invoke", request);
  }

  /** It happened. `read`: for a `get` the value (nothing or null: no such key), for a `txn` its steps with what they read. */
  ok(process: number, read?: unknown): void {
    const request = this.#answered(process);
    if (request.f === "get") this.#write(process, "ok", { ...request, value: read ?? null });
    else if (request.f === "txn" && read !== undefined) this.#write(process, "ok", { f: "txn", value: read });
    else this.#write(process, "ok", request);
  }

  /** It certainly did not happen and never will. */
  fail(process: number): void {
    this.#write(process, "fail", this.#answered(process));
  }

  /** Nobody knows whether it happened or will. */
  info(process: number): void {
    this.#write(process, "info", this.#answered(process));
  }

  /** Hands what is buffered to the operating system. */
  flush(): void {
    if (this.#buffer !== "") writeFileSync(this.#file, this.#buffer);
    this.#buffer = "";
  }

  close(): void {
    this.flush();
    closeSync(this.#file);
  }

  #answered(process: number): Request {
    const request = this.#open.get(process);
    if (!request) throw new Error(`process ${process} waits for no answer`);
    this.#open.delete(process);
    return request;
  }

  #write(client: number, type: HistoryEvent["type"], what: { f: Request["f"]; key?: string; value?: unknown }): void {
    const time = Number(process.hrtime.bigint() - this.#origin) / 1e6;
    this.#buffer += `${jsonLine({ process: client, type, ...what, time } satisfies HistoryEvent)}\n`;
    if (this.#buffer.length >= BUFFER_CHARACTERS) this.flush();
  }
}
