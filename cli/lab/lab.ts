/** What a guided tour is: steps that do something to a cluster and say what must then be seen. */

import { homeOf } from "../../actors/transaction.js";
import type { Cluster, Operation, Result } from "../../runtime/api.js";
import type { OpenOptions } from "../../runtime/open-options.js";

/** Whatever is claimed has to become true, or the tour was wrong. */
export type Claim = { that: string; holds(stage: Stage): Promise<boolean> | boolean };

export type LabStep = {
  /** What is done and why, before it is done. */
  say: string;
  do(stage: Stage): Promise<unknown>;
  expect: readonly Claim[];
  /** The transaction whose picture belongs to it. */
  picture?: string;
};

export type Lab = {
  name: string;
  title: string;
  /** What there is to learn, in one or two sentences. */
  about: string;
  /** Without a cluster it is simulated. */
  cluster?: Pick<OpenOptions, "coordinators" | "protocol" | "replicas">;
  steps: readonly LabStep[];
};

/** Where a tour takes place. */
export type Stage = {
  readonly cluster: Cluster;
  /** Begins a transaction and goes on: its answer may never come. */
  begin(txn: string, operations: readonly Operation[]): void;
  /** What its client was told, once it was. */
  told(txn: string): Result | undefined;
  /** Lines to be shown with the step. */
  show(...lines: string[]): void;
};

/** The first of `word-1`, `word-2` and so on that this one of so many coordinators runs. */
export function idAt(coordinator: string, word: string, count: number): string {
  const coordinators = Array.from({ length: count }, (_, index) => `c${index + 1}`);
  for (let number = 1; ; number += 1) {
    const id = `${word}-${number}`;
    if (homeOf(id, coordinators) === coordinator) return id;
  }
}

// What several tours claim.

export function isDown(node: string): Claim {
  return { that: `${node} is down`, holds: async ({ cluster }) => (await stateOf(cluster, node)) !== "up" };
}

export function areUp(...nodes: string[]): Claim {
  const holds = async ({ cluster }: Stage) => {
    const states = await Promise.all(nodes.map((node) => stateOf(cluster, node)));
    return states.every((state) => state === "up");
  };
  return { that: `${nodes.join(", ")} ${nodes.length > 1 ? "are" : "is"} up`, holds };
}

async function stateOf(cluster: Cluster, node: string): Promise<string | undefined> {
  return (await cluster.status()).nodes.find(({ id }) => id === node)?.state;
}

export const NOTHING_IN_DOUBT: Claim = {
  that: "nothing is in doubt and no key is locked",
  holds: async ({ cluster }) => (await cluster.doubt.list()).length === 0 && (await cluster.locks()).length === 0,
};

export function wait(txn: string, nodes: readonly string[], missing: string): Claim {
  return {
    that: `${nodes.join(", ")} promised to commit ${txn}, and wait for ${missing}`,
    holds: async ({ cluster }) => {
      const waiting = (await cluster.status()).inDoubt.find((doubt) => doubt.txn === txn);
      return (
        nodes.every((node) => waiting?.phases[node] !== undefined) && waiting?.waitingFor.includes(missing) === true
      );
    },
  };
}

export function ended(txn: string, outcome: "committed" | "aborted"): Claim {
  const holds = async ({ cluster }: Stage) => (await cluster.outcome(txn)).outcome === outcome;
  return { that: `${txn} ${outcome === "committed" ? "committed" : "was aborted"}`, holds };
}

/** The same at all of these replicas; without a value, the key is not there. */
export function holdAll(nodes: readonly string[], key: string, value?: string | number): Claim {
  return {
    that: `${nodes.join(", ")} hold ${value === undefined ? `no ${key}` : `${key} = ${value}`}`,
    holds: async ({ cluster }) => {
      const reads = await Promise.all(nodes.map((replica) => cluster.get(key, { replica, deadlineMs: 1000 })));
      return reads.every((read) => read.value === value);
    },
  };
}
