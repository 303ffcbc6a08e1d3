/** Reads what the stores of a folder prove, each through a process of its own, and changes nothing. */

import { join } from "node:path";
import type { Change, NodeId, TxnId } from "../../actors/transaction.js";
import { isFile } from "../../storage/guard.js";
import type { StorePast } from "../../storage/past.js";
import { readEpochs, readShape, type Shape } from "../config.js";
import { AyesError, asAyesError } from "../errors.js";
import { Examiner } from "../healing/examiner.js";
import { targetOf } from "../hosts/host.js";
import { ownerOf } from "../lock-file.js";
import { specsOf } from "../specs.js";

export type ReadStore = { node: NodeId; past: StorePast | undefined; problem: string | undefined };

export type ReadFolder = {
  folder: string;
  shape: Shape;
  stores: ReadStore[];
  /** Every change that one of them has, in order. */
  changes: Change[];
  /** The one whose data is taken for all. */
  chief: StorePast | undefined;
};

/**
 * Reads all, or only what is about one transaction. Rejects with `no-cluster` when there is none and with `in-use` while a
 * program has it open.
 */
export async function readStores(folder: string, about?: TxnId): Promise<ReadFolder> {
  if (!isFile(join(folder, "cluster.json"))) throw new AyesError("no-cluster", `${folder} holds no cluster`);
  const owner = ownerOf(folder);
  if (owner !== undefined) throw new AyesError("in-use", `${folder} is in use by process ${owner}`);
  const shape = readShape(folder, {});
  const specs = specsOf({ folder, shape, sockets: "", epochs: readEpochs(folder) });
  const desks = await Promise.all(specs.map(async (spec) => ({ node: spec.self, ...(await opened(targetOf(spec))) })));
  try {
    const [chief] = desks
      .filter(({ node, problem }) => shape.replicas.includes(node) && problem === undefined)
      .sort((left, right) => right.size - left.size);
    const stores = await Promise.all(desks.map((desk) => read(desk, desk === chief, about)));
    const chiefPast = stores.find(({ node }) => node === chief?.node)?.past;
    const lacking = await Promise.all(desks.map((desk, index) => lackedBy(chiefPast, desk, stores[index]?.past)));
    const changes = [...(chiefPast?.changes ?? []), ...onlyOnce(lacking.flat())];
    return { folder, shape, stores, changes: changes.sort(inOrder), chief: chiefPast };
  } finally {
    for (const { examiner } of desks) examiner.close();
  }
}

type Desk = { node: NodeId; examiner: Examiner; problem: string | undefined; size: number };

async function opened(target: Parameters<Examiner["open"]>[0]): Promise<Omit<Desk, "node">> {
  const examiner = new Examiner();
  await examiner.ready;
  const found = await examiner.open(target).catch((error: unknown) => ({ problem: asAyesError(error).message }));
  return "problem" in found ? { examiner, ...found, size: 0 } : { examiner, problem: undefined, size: found.size };
}

async function read({ node, examiner, problem }: Desk, isChief: boolean, about?: TxnId): Promise<ReadStore> {
  if (problem !== undefined) return { node, past: undefined, problem };
  try {
    const past = await examiner.past({
      rows: isChief && about === undefined,
      changes: isChief ? "whole" : "places",
      about,
    });
    return { node, past, problem: undefined };
  } catch (error) {
    return { node, past: undefined, problem: asAyesError(error).message };
  }
}

/** Whole changes that a store has and the chief has not. */
async function lackedBy(chief: StorePast | undefined, desk: Desk, past: StorePast | undefined): Promise<Change[]> {
  if (!chief || !past || past === chief) return [];
  const known = new Set(chief.changes.map(({ txn }) => txn));
  const left = chief.progress.left;
  const lacked = past.changes.filter((change) => change.position > left && !known.has(change.txn));
  if (lacked.length === 0) return [];
  const names = new Set(lacked.map(({ txn }) => txn));
  const positions = lacked.map(({ position }) => position);
  const told = await desk.examiner.past({ rows: false, changes: positions }).catch(() => undefined);
  return told?.changes.filter((change) => names.has(change.txn)) ?? [];
}

function onlyOnce(changes: readonly Change[]): Change[] {
  return [...new Map(changes.map((change) => [change.txn, change])).values()];
}

function inOrder(left: Change, right: Change): number {
  if (left.position !== right.position) return left.position - right.position;
  return left.txn < right.txn ? -1 : 1;
}
