/** Looks at a store through a process of its own, so that a damaged page is an answer and not the end of the program. */

import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Key } from "../../actors/transaction.js";
import { unpacked } from "../../storage/codec.js";
import type { StorePast, Wanted } from "../../storage/past.js";
import type { Target } from "../../storage/snapshot.js";
import { AyesError } from "../errors.js";
import { isDamageSignal, nodeEnvironment } from "../hosts/host.js";
import type { Answers, ExaminerMessage, Order } from "./examiner-entry.js";

const ENTRY = fileURLToPath(new URL("./examiner-entry.js", import.meta.url));

type Waiting = { onProgress(done: number): void; resolve(answer: unknown): void; reject(error: AyesError): void };

export class Examiner {
  /** Resolves when its process runs, or has ended. */
  readonly ready: Promise<void>;
  readonly ended: Promise<void>;
  readonly #child: ChildProcess;
  #folder = "";
  #waiting: Waiting | undefined;
  #over: AyesError | undefined;
  #begin: () => void = () => undefined;

  constructor() {
    this.ready = new Promise((resolve) => {
      this.#begin = resolve;
    });
    this.#child = fork(ENTRY, [], {
      execArgv: [],
      env: nodeEnvironment(),
      serialization: "advanced",
      // What LMDB says before it ends the process is said in better words below.
      stdio: ["ignore", "ignore", "ignore", "ipc"],
    });
    this.#child.on("message", (message: ExaminerMessage) => this.#hear(message));
    this.#child.on("error", (error) => this.#end(new AyesError("storage-failed", error.message)));
    this.ended = new Promise((resolve) => {
      this.#child.on("exit", (code, signal) => {
        this.#end(this.#reasonOf(code, signal));
        resolve();
      });
    });
  }

  /** Whether its process has ended. */
  get over(): boolean {
    return this.#over !== undefined;
  }

  /** Takes a snapshot, which replaces an earlier one. Rejects with what is wrong with the store as a whole. */
  open(target: Target): Promise<Answers["open"]> {
    this.#folder = target.folder;
    return this.#ask({ open: target }) as Promise<Answers["open"]>;
  }

  examine(onRows: (rows: number) => void = () => undefined): Promise<Answers["examine"]> {
    return this.#ask({ examine: true }, onRows) as Promise<Answers["examine"]>;
  }

  entries(parts: number[]): Promise<Answers["entries"]> {
    return this.#ask({ entries: parts }) as Promise<Answers["entries"]>;
  }

  /** What the store proves of its past. */
  async past(wanted: Wanted): Promise<StorePast> {
    return unpacked((await this.#ask({ past: wanted })) as Answers["past"]) as StorePast;
  }

  copy(copy: Extract<Order, { copy: unknown }>["copy"], onRows: (rows: number) => void): Promise<Answers["copy"]> {
    return this.#ask({ copy }, onRows) as Promise<Answers["copy"]>;
  }

  needed(): Promise<Answers["needed"]> {
    return this.#ask({ needed: true }) as Promise<Answers["needed"]>;
  }

  contents(promised: Key[], onBytes: (bytes: number) => void): Promise<Answers["contents"]> {
    return this.#ask({ contents: { promised } }, onBytes) as Promise<Answers["contents"]>;
  }

  /** Ends the process. What it was doing is not answered any more. */
  close(): void {
    const idle = this.#waiting === undefined;
    this.#end(new AyesError("closed", "the examination was given up"));
    if (idle && this.#child.connected) this.#child.disconnect();
    else this.#child.kill("SIGKILL");
  }

  #ask(order: Order, onProgress: (done: number) => void = () => undefined): Promise<unknown> {
    if (this.#over) return Promise.reject(this.#over);
    return new Promise((resolve, reject) => {
      this.#waiting = { onProgress, resolve, reject };
      this.#child.send(order);
    });
  }

  #hear(message: ExaminerMessage): void {
    if ("ready" in message) return this.#begin();
    const waiting = this.#waiting;
    if (!waiting) return;
    if ("progress" in message) return waiting.onProgress(message.progress);
    this.#waiting = undefined;
    if ("done" in message) waiting.resolve(message.done);
    else waiting.reject(new AyesError(message.failed.code, message.failed.message));
  }

  #end(error: AyesError): void {
    this.#over ??= error;
    this.#begin();
    this.#waiting?.reject(this.#over);
    this.#waiting = undefined;
  }

  #reasonOf(code: number | null, signal: NodeJS.Signals | null): AyesError {
    if (isDamageSignal(signal)) {
      const detail = `${this.#folder}: reading it ends a process by ${signal}: a page is damaged`;
      return new AyesError("damaged-store", detail);
    }
    return new AyesError("storage-failed", `${this.#folder}: looking at it was ended (${signal ?? `code ${code}`})`);
  }
}
