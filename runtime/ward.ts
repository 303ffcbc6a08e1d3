/** A node as its supervisor knows it. */

import type { NodeId } from "../actors/transaction.js";
import type { NodeState } from "./api.js";
import type { ErrorCode } from "./errors.js";
import type { Host, NodeSpec } from "./hosts/host.js";
import type { Tap } from "./tracing/tap.js";
import type { Life } from "./tracing-api.js";

export type Ward = {
  spec: NodeSpec;
  host: Host | undefined;
  state: NodeState;
  epoch: number | undefined;
  restarts: number;
  reason: string | undefined;
  code: ErrorCode | undefined;
};

/** With what only the supervisor itself needs. */
export type Watch = Ward & {
  /** When it ended lately. */
  history: number[];
  /** Why it stays down. */
  hold: string | undefined;
  /** What somebody does with it meanwhile, who alone brings it back. */
  keeper: string | undefined;
  /** What it was told to tell when it started. */
  tap: Tap | undefined;
  timer: NodeJS.Timeout | undefined;
  /** Who waits until it serves, or is known not to. */
  settled: (() => void)[];
  /** Who waits for its end. */
  gone: (() => void)[];
};

/** A node that has not been started yet. */
export function watchOf(spec: NodeSpec): [NodeId, Watch] {
  const unknown = { host: undefined, epoch: undefined, reason: undefined, code: undefined };
  const idle = { hold: undefined, keeper: undefined, tap: undefined, timer: undefined };
  return [spec.self, { spec, state: "starting", restarts: 0, history: [], settled: [], gone: [], ...unknown, ...idle }];
}

/** What has just become of it. */
export function lifeOf({ spec, epoch, state, reason }: Ward): Life {
  return {
    node: spec.self,
    at: Date.now(),
    state,
    ...(epoch !== undefined && { epoch }),
    ...(reason !== undefined && { reason }),
  };
}
