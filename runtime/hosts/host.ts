/** What a host gives a node to live in, and what the supervisor sees of it. */

import type { Settings } from "../../actors/protocol.js";
import type { Address, NodeId } from "../../actors/transaction.js";
import type { Validator } from "../../actors/validator.js";
import type { Target } from "../../storage/snapshot.js";
import type { RemoteControl } from "../control.js";
import type { ErrorCode } from "../errors.js";
import type { JournalLine } from "../journal.js";
import type { Told } from "../recording/entry.js";
import { shownText } from "../shown.js";
import type { StepPlan } from "../stepping-api.js";
import type { Tap } from "../tracing/tap.js";
import type { LinkFaults } from "../transport/disturbed.js";

/** All that a node needs to know to start, as plain data. */
export type NodeSpec = {
  cluster: string;
  self: NodeId;
  coordinators: NodeId[];
  replicas: NodeId[];
  /** See `NodeOptions`. */
  founders?: NodeId[] | undefined;
  /** The node's own folder. */
  folder: string;
  /** Whether its store may be made. Otherwise a missing one is refused. */
  create: boolean;
  /** The last incarnation that the supervisor saw. An older store is refused. */
  sinceEpoch?: number;
  /** Whether its store was looked at in this run of the cluster, and only the node itself had it since. */
  scrubbed?: boolean;
  settings: Settings;
  /** What rules its votes from the first one on; nothing unless given. */
  validator?: Validator | undefined;
  /** What of it is gone through by hand from its first turn on. */
  step?: StepPlan | undefined;
  /** Shared with the program's other threads, if the node is one and replicates. */
  signals?: SharedArrayBuffer;
  /** What it tells of its journal from its first turn on. */
  tap?: Tap | undefined;
  /** Links that are damaged on purpose. */
  links?: LinkFaults;
  /** The folder of the sockets, for nodes that are processes. */
  sockets: string;
  /** See `SocketOptions`. */
  detour?: string | undefined;
};

/** The address of the cluster's client on the data plane. */
export const GATEWAY: Address = "gateway";

/** The store of a node, for somebody who looks at it. */
export function targetOf({ folder, cluster, self, sinceEpoch = 0 }: NodeSpec): Target {
  return { folder, identity: { cluster, node: self }, sinceEpoch };
}

/** Why a node ended. */
export type Exit = { code: ErrorCode | undefined; reason: string };

/** What a node tells its supervisor by itself. */
export type Notice =
  | { notice: "ready"; epoch: number }
  | { notice: "failed"; code: ErrorCode; message: string }
  | { notice: "journal"; line: JournalLine }
  | { notice: "recorded"; told: Told };

export type HostEvents = {
  ready(epoch: number): void;
  exit(exit: Exit): void;
  journal(line: JournalLine): void;
  /** For a recording: from what it goes on. */
  recorded(told: Told): void;
};

/** A node that runs, or is about to. */
export interface Host {
  readonly kind: "thread" | "process";
  readonly pid: number | undefined;
  readonly control: RemoteControl;
  /** Ends the node without asking it: SIGKILL, or the end of its thread. */
  kill(): void;
}

/** Starts a node. `events.exit` is called exactly once, also when it never became ready. */
export type StartHost = (spec: NodeSpec, events: HostEvents) => Host;

/** Room for new objects in a node: most live for one transaction and should die before the collector looks at them. */
export const YOUNG_MB = 96;

const DAMAGE_SIGNALS: readonly string[] = ["SIGBUS", "SIGSEGV", "SIGABRT", "SIGILL", "SIGFPE"];

/** Whether a process that reads a store was ended by what it read. */
export function isDamageSignal(signal: string | null): boolean {
  return signal !== null && DAMAGE_SIGNALS.includes(signal);
}

/** Loaders and flags of the program around us would only slow a node down, or break it. */
export function nodeEnvironment(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _, ...rest } = process.env;
  return rest;
}

/** Sorts the notices of a node to the supervisor's events and keeps the reason it gave before it ended. */
export class NoticeBoard {
  readonly exited: Promise<never>;
  readonly #events: HostEvents;
  #reject: (error: Error) => void = () => undefined;
  #failure: Exit | undefined;
  #ready = false;
  #over = false;

  constructor(events: HostEvents) {
    this.#events = events;
    this.exited = new Promise((_, reject) => {
      this.#reject = reject;
    });
    this.exited.catch(() => undefined);
  }

  take(notice: Notice): void {
    if (notice.notice === "ready") {
      this.#ready = true;
      this.#events.ready(notice.epoch);
    } else if (notice.notice === "journal") this.#events.journal(notice.line);
    else if (notice.notice === "recorded") this.#events.recorded(notice.told);
    else this.fail(notice.code, notice.message);
  }

  /** Whether the node has ever served. */
  get ready(): boolean {
    return this.#ready;
  }

  /** The first reason is the cause; later ones follow from it. */
  fail(code: ErrorCode | undefined, reason: string): void {
    this.#failure ??= { code, reason: shownText(reason) };
  }

  exit(reason: string, error: Error): void {
    if (this.#over) return;
    this.#over = true;
    this.#reject(error);
    this.#events.exit(this.#failure ?? { code: undefined, reason });
  }
}
