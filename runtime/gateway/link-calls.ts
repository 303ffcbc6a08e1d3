/** The calling end of a link: numbers calls, batches them, matches replies, reconnects, and settles what was lost. */

import type { Socket } from "node:net";
import { AyesError, isErrorCode, type Why } from "../errors.js";
import type { Method } from "../methods.js";
import type { FrameReader } from "../transport/frames.js";
import { type DialedLink, dial } from "./link-dial.js";
import { BACKLOG_BYTES, isReply, type Reply, weigh, writeBatch } from "./link-wire.js";

/** How much longer than its deadline a call is waited for, so that the cluster's own answer comes first. */
const SLACK_MS = 2000;
const FIRST_BACKOFF_MS = 50;
const LAST_BACKOFF_MS = 2000;

type Waiting = {
  id: number;
  method: Method;
  args: readonly unknown[];
  weight: number;
  /** Whether it left: what did not leave cannot have taken effect. */
  sent: boolean;
  timer: NodeJS.Timeout;
  resolve(result: unknown): void;
  reject(error: AyesError): void;
};

/** The calls of one program to one cluster, over one connection at a time. */
export class LinkCalls {
  readonly #url: URL;
  /** Which cluster it is. Another one behind the same address is not it. */
  readonly #cluster: string;
  readonly #waiting = new Map<number, Waiting>();
  #queue: Waiting[] = [];
  #scheduled = false;
  #socket: Socket | undefined;
  #nextId = 1;
  #backoffMs = FIRST_BACKOFF_MS;
  #lastFailure = "the connection was lost";
  #closed = false;

  constructor(url: URL, link: DialedLink) {
    this.#url = url;
    this.#cluster = link.cluster;
    this.#adopt(link);
  }

  /** Rejects with what the cluster says, or `gateway-lost`, `timeout`, or, if it never left, `no-cluster`. */
  call(method: Method, args: readonly unknown[], deadlineMs: number): Promise<unknown> {
    if (this.#closed) return Promise.reject(new AyesError("closed", "this connection is closed"));
    return new Promise((resolve, reject) => {
      const id = this.#nextId++;
      const timer = setTimeout(() => this.#onDeadline(id, deadlineMs), deadlineMs);
      const waiting = { id, method, args, weight: weigh(args), sent: false, timer, resolve, reject };
      this.#waiting.set(id, waiting);
      this.#queue.push(waiting);
      this.#schedule();
    });
  }

  /** Ends the connection. What is under way is lost. */
  close(): void {
    this.#closed = true;
    this.#socket?.destroy();
    this.#fail((waiting) => waiting.sent, "gateway-lost", "the connection was closed before the answer");
    this.#fail(() => true, "closed", "the connection was closed");
  }

  #onDeadline(id: number, deadlineMs: number): void {
    const waiting = this.#waiting.get(id);
    if (!waiting) return;
    if (waiting.sent) {
      const late = () => this.#reject(waiting, "timeout", `no answer within ${deadlineMs + SLACK_MS} ms`);
      waiting.timer = setTimeout(late, SLACK_MS);
      return;
    }
    this.#queue = this.#queue.filter((queued) => queued !== waiting);
    this.#reject(waiting, "no-cluster", `${this.#url.origin}: ${this.#lastFailure}`);
  }

  /** All calls of one turn of the event loop leave together. */
  #schedule(): void {
    if (this.#scheduled || !this.#socket) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (!this.#socket || this.#queue.length === 0) return;
    // A slow cluster is not swamped: what it has not read yet stays with us, and is sent on `drain`.
    if (this.#socket.writableLength > BACKLOG_BYTES) return;
    const calls = this.#queue;
    this.#queue = [];
    for (const call of calls) call.sent = true;
    const entries = calls.map(({ id, method, args, weight }) => ({ entry: { id, method, args }, weight }));
    writeBatch(this.#socket, entries);
  }

  #adopt({ socket, reader, early }: DialedLink): void {
    this.#socket = socket;
    this.#backoffMs = FIRST_BACKOFF_MS;
    socket.setNoDelay(true);
    socket.on("drain", () => this.#flush());
    socket.on("data", (chunk: Buffer) => this.#receive(socket, reader, chunk));
    socket.once("close", () => this.#onLost());
    for (const batch of early) this.#take(batch);
    socket.resume();
    this.#schedule();
  }

  #receive(socket: Socket, reader: FrameReader, chunk: Buffer): void {
    try {
      for (const batch of reader.push(chunk)) this.#take(batch);
    } catch {
      socket.destroy();
    }
  }

  #take(batch: unknown): void {
    if (!Array.isArray(batch) || !batch.every(isReply)) throw new Error("a frame is no batch of replies");
    for (const reply of batch) this.#settle(reply);
  }

  #settle(reply: Reply): void {
    const waiting = this.#waiting.get(reply.id);
    if (!waiting) return;
    this.#forget(waiting);
    if ("ok" in reply) waiting.resolve(reply.ok);
    else waiting.reject(errorOf(reply.error));
  }

  #onLost(): void {
    this.#socket = undefined;
    this.#lastFailure = "the connection was lost";
    this.#fail((waiting) => waiting.sent, "gateway-lost", `the connection to ${this.#url.origin} was lost`);
    this.#reconnectLater();
  }

  #reconnectLater(): void {
    if (this.#closed) return;
    // Clients of one gateway that come back all at once would be its next trouble.
    const delayMs = this.#backoffMs * (0.5 + Math.random() / 2);
    this.#backoffMs = Math.min(this.#backoffMs * 2, LAST_BACKOFF_MS);
    // A program with nothing else to do may end: what waits for the connection has timers of its own.
    setTimeout(() => void this.#reconnect(), delayMs).unref();
  }

  async #reconnect(): Promise<void> {
    if (this.#closed) return;
    try {
      this.#adoptIfSame(await dial(this.#url));
    } catch (error) {
      this.#lastFailure = (error as Error).message;
      this.#reconnectLater();
    }
  }

  #adoptIfSame(link: DialedLink): void {
    if (this.#closed || link.cluster !== this.#cluster) {
      link.socket.destroy();
      throw new AyesError("wrong-cluster", `cluster ${link.cluster} now answers there, not ${this.#cluster}`);
    }
    this.#adopt(link);
  }

  #fail(concerned: (waiting: Waiting) => boolean, code: "gateway-lost" | "closed", detail: string): void {
    for (const waiting of [...this.#waiting.values()]) if (concerned(waiting)) this.#reject(waiting, code, detail);
  }

  #reject(waiting: Waiting, code: "gateway-lost" | "closed" | "timeout" | "no-cluster", detail: string): void {
    this.#forget(waiting);
    waiting.reject(new AyesError(code, detail));
  }

  #forget({ id, timer }: Waiting): void {
    clearTimeout(timer);
    this.#waiting.delete(id);
  }
}

/** Errors cross as values. */
function errorOf({ code, detail, ...about }: Why): AyesError {
  if (isErrorCode(code)) return new AyesError(code, detail, about);
  return new AyesError("assertion", `the cluster answered with an unknown code ${JSON.stringify(code)}`);
}
