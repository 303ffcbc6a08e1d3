/** The serving end of a link: runs the calls of one connection, bounded in number and size, and batches the replies. */

import type { Duplex } from "node:stream";
import type { Cluster, Operation, TransactOptions } from "../api.js";
import type { ConstraintKind, ConstraintRules } from "../constraint-api.js";
import { checkChangeOptions } from "../constraint-rules.js";
import type { Order } from "../doubt-api.js";
import { checkResolveOptions } from "../doubts.js";
import { AyesError, asAyesError } from "../errors.js";
import type { UploadOptions } from "../files-api.js";
import type { Method } from "../methods.js";
import type { SnapshotQuery } from "../reading-api.js";
import { checkForce, checkLimit, checkNode, checkPlan, checkReadOptions } from "../requests.js";
import { checkRule } from "../rules.js";
import type { StepPlan } from "../stepping-api.js";
import type { TraceQuery } from "../tracing-api.js";
import { encodeFrame, FrameReader } from "../transport/frames.js";
import { checkId, OPTION_FIELDS, requireFields, requireObject } from "../validation.js";
import type { ChangesQuery } from "../watching-api.js";
import {
  BACKLOG_BYTES,
  isCall,
  isMethod,
  LINK_NAME,
  LINK_VERSION,
  type Reply,
  readEntries,
  readKey,
  WEIGHT_LIMIT,
  type Weighed,
  weigh,
  writeBallots,
  writeBatch,
  writeChanges,
  writeSnapshot,
} from "./link-wire.js";
import { Visitor } from "./visitor.js";

/** Calls that one connection may have under way; more are refused at once. */
const CALLS_LIMIT = 4096;
/** Bytes of calls under way above which nothing more is read from the connection. */
const HELD_BYTES = 64 * 1024 * 1024;
const SETTLE_MS = 10;
/** What only a cluster does that allows faults. */
const CHAOS: ReadonlySet<Method> = new Set([
  "crash",
  "restart",
  "pause",
  "resume",
  "cut",
  "delay",
  "step",
  "held",
  "release",
] as const);

/** What a link says of itself, and whether it may inject faults. */
export type LinkHello = { cluster: string; chaos: boolean };

/** A connection that is being served. */
export type ServedLink = {
  /** Reads no more, answers what is under way for at most this long, and ends. */
  finish(withinMs: number): Promise<void>;
};

/** Turns a connection that asked for it into a link. A frame that is no batch of calls ends it and changes nothing. */
export function serveLink(socket: Duplex, head: Buffer, cluster: Cluster, hello: LinkHello): ServedLink {
  return new ServerLink(socket, head, cluster, hello);
}

class ServerLink implements ServedLink {
  readonly #socket: Duplex;
  readonly #cluster: Cluster;
  readonly #hello: LinkHello;
  readonly #reader = new FrameReader();
  readonly #visitor: Visitor;
  #replies: Weighed[] = [];
  #running = 0;
  #held = 0;
  #finishing = false;

  constructor(socket: Duplex, head: Buffer, cluster: Cluster, hello: LinkHello) {
    this.#socket = socket;
    this.#cluster = cluster;
    this.#visitor = new Visitor(cluster.traffic);
    this.#hello = hello;
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${LINK_NAME}\r\n\r\n`);
    socket.write(encodeFrame({ ayes: LINK_VERSION, cluster: hello.cluster }));
    // An error is followed by the end, and there is nobody left to tell.
    socket.on("error", () => {});
    socket.on("drain", () => this.#regulate());
    socket.on("end", () => socket.end());
    socket.on("close", () => void this.#visitor.leave());
    socket.on("data", (chunk: Buffer) => this.#receive(chunk));
    if (head.length > 0) this.#receive(head);
  }

  async finish(withinMs: number): Promise<void> {
    this.#finishing = true;
    this.#socket.pause();
    for (let waitedMs = 0; this.#running > 0 && waitedMs < withinMs; waitedMs += SETTLE_MS) {
      await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    }
    this.#flush();
    // A client that does not read must not keep the server from ending.
    const stuck = setTimeout(() => this.#socket.destroy(), withinMs);
    this.#socket.once("close", () => clearTimeout(stuck));
    this.#socket.end(() => this.#socket.destroy());
  }

  #receive(chunk: Buffer): void {
    try {
      for (const batch of this.#reader.push(chunk)) {
        if (!Array.isArray(batch) || !batch.every(isCall)) throw new Error("a frame is no batch of calls");
        for (const call of batch) this.#accept(call);
      }
    } catch {
      // What comes after a bad frame cannot be told apart: there is nothing to go on with.
      this.#socket.destroy();
    }
    this.#regulate();
  }

  #accept({ id, method, args }: { id: number; method: string; args: unknown[] }): void {
    if (this.#running >= CALLS_LIMIT) {
      const detail = `this connection has ${CALLS_LIMIT} calls under way`;
      this.#reply({ id, error: new AyesError("overloaded", detail).why });
      return;
    }
    const weight = weigh(args);
    this.#running += 1;
    this.#held += weight;
    void this.#run(method, args)
      .then(
        (ok): Reply => ({ id, ok }),
        (error: unknown): Reply => ({ id, error: asAyesError(error).why }),
      )
      .then((reply) => {
        this.#running -= 1;
        this.#held -= weight;
        this.#reply(reply);
        this.#regulate();
      });
  }

  async #run(method: string, args: unknown[]): Promise<unknown> {
    if (!isMethod(method)) throw new AyesError("invalid", `unknown method ${JSON.stringify(method.slice(0, 40))}`);
    if (CHAOS.has(method) && !this.#hello.chaos) throw new AyesError("no-chaos");
    return SERVED[method](this.#cluster, args, this.#visitor);
  }

  /** All replies of one turn of the event loop leave together. */
  #reply(reply: Reply): void {
    const weight = weigh(reply);
    const light = weight <= WEIGHT_LIMIT;
    const error = new AyesError("too-large", "the answer does not fit in a frame; ask for less").why;
    if (this.#replies.length === 0) setImmediate(() => this.#flush());
    this.#replies.push(light ? { entry: reply, weight } : { entry: { id: reply.id, error }, weight: weigh(error) });
  }

  #flush(): void {
    const replies = this.#replies;
    this.#replies = [];
    if (replies.length > 0 && this.#socket.writable) writeBatch(this.#socket, replies);
    this.#regulate();
  }

  /** Reads on only while the client takes its answers and what it asked for fits in memory. */
  #regulate(): void {
    const full = this.#socket.writableLength > BACKLOG_BYTES || this.#held > HELD_BYTES || this.#finishing;
    if (full !== this.#socket.isPaused()) full ? this.#socket.pause() : this.#socket.resume();
  }
}

/** How each method is called with arguments that may be anything. What is not checked here, the cluster checks. */
const SERVED: Record<Method, (cluster: Cluster, args: readonly unknown[], visitor: Visitor) => Promise<unknown>> = {
  snapshot: async (cluster, [query, options]) =>
    writeSnapshot(await cluster.snapshot(readQuery(query), checkReadOptions(options))),
  transact: (cluster, [operations, options]) =>
    cluster.transact(readEntries(operations) as Operation[], readOptions(options)),
  changes: async (cluster, [query]) => writeChanges(await cluster.changes(query as ChangesQuery)),
  outcome: (cluster, [txn]) => cluster.outcome(checkId(txn)),
  status: (cluster) => cluster.status(),
  keys: (cluster, [prefix, limit]) => cluster.keys(readKey(prefix), checkLimit(limit)),
  locks: (cluster) => cluster.locks(),
  log: (cluster, [node, limit]) => cluster.log(checkNode(node), checkLimit(limit)),
  crash: (cluster, [node, plan]) => cluster.crash(checkNode(node), checkPlan(plan)),
  pause: (cluster, [node]) => cluster.pause(checkNode(node)),
  resume: (cluster, [node]) => cluster.resume(checkNode(node)),
  cut: (cluster, [one, other, on]) => cluster.cut(checkNode(one), checkNode(other), on as boolean),
  delay: (cluster, [one, other, delayMs]) => cluster.delay(checkNode(one), checkNode(other), delayMs as number),
  restart: (cluster, [node]) => cluster.restart(checkNode(node)),
  validate: (cluster, [node, rule]) => cluster.validate(checkNode(node), checkRule(rule)),
  validator: (cluster, [node]) => cluster.validator(checkNode(node)),
  ballots: async (cluster, [node]) => writeBallots(await cluster.ballots(node as string | undefined)),
  castVote: (cluster, said) => cluster.castVote(...(said as Parameters<Cluster["castVote"]>)),
  step: (cluster, [plan]) => cluster.step(plan as StepPlan | "off"),
  held: (cluster) => cluster.held(),
  release: (cluster, [id]) => cluster.release(id as number | "next"),
  constraints: (cluster) => cluster.constraints(),
  constrain: (cluster, [prefix, rules, options]) =>
    cluster.constrain(readKey(prefix), rules as ConstraintRules, checkChangeOptions(options)),
  unconstrain: (cluster, [prefix, kinds, options]) =>
    cluster.unconstrain(readKey(prefix), kinds as ConstraintKind[] | undefined, checkChangeOptions(options)),
  repair: (cluster, [node, options]) => cluster.repair(checkNode(node), { force: checkForce(options) }),
  verify: (cluster) => cluster.verify(),
  beginUpload: (_, [options], visitor) => visitor.beginUpload(options as UploadOptions),
  upload: (_, [id, bytes], visitor) => visitor.upload(checkId(id), bytes as Uint8Array),
  endUpload: (_, [id, options], visitor) => visitor.endUpload(checkId(id), options as { digest?: string }),
  dropUpload: (_, [id], visitor) => visitor.dropUpload(checkId(id)),
  openFile: (_, [path, options], visitor) => visitor.openFile(path as string, checkReadOptions(options)),
  readFile: (_, [id, position], visitor) => visitor.readFile(checkId(id), position as number),
  closeFile: (_, [id], visitor) => visitor.closeFile(checkId(id)),
  attachFolder: ({ folders }, [name, dir]) => folders.attach(name as string, dir as string),
  detachFolder: ({ folders }, [name]) => folders.detach(name as string),
  listFolder: ({ folders }) => folders.list(),
  undoFolder: ({ folders }, [name]) => folders.undo(name as string),
  trace: ({ tracing }, [txn]) => tracing.trace(checkId(txn)),
  traces: ({ tracing }, [query]) => tracing.traces(query as TraceQuery),
  listDoubt: ({ doubt }) => doubt.list(),
  resolveDoubt: ({ doubt }, [txn, order, options]) =>
    doubt.resolve(checkId(txn), order as Order, checkResolveOptions(options)),
  forgetDoubt: ({ doubt }, [txn]) => doubt.forget(checkId(txn)),
};

function readQuery(query: unknown): SnapshotQuery {
  const { keys, held, ...rest } = requireObject(query, "the query");
  const readKeys = Array.isArray(keys) ? keys.map(readKey) : keys;
  return { ...rest, keys: readKeys, held: readEntries(held) } as SnapshotQuery;
}

function readOptions(options: unknown = {}): TransactOptions {
  const record = requireObject(options, "the options");
  requireFields(record, OPTION_FIELDS, "the options");
  return (record.checks === undefined ? record : { ...record, checks: readEntries(record.checks) }) as TransactOptions;
}
