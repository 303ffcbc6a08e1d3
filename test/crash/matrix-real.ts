/** The single kills of the matrix with real processes: `SIGKILL` in every turn of one transaction, at every moment. */

import type { ProtocolName } from "../../actors/transaction.js";
import { nodeOf } from "../../cli/torture/nodes.js";
import { settle } from "../../cli/torture/settle.js";
import { readStores, storeViolations } from "../../cli/torture/stores.js";
import type { Cluster, Operation } from "../../runtime/api.js";
import { open } from "../../runtime/client.js";

export type RealCell = {
  protocol: ProtocolName;
  node: string;
  at: RealMoment;
  turn: number;
  /** What the client was told before the victim was started again; in two-phase commit it may have to wait. */
  away: string;
  outcome: string;
};
type RealMoment = (typeof MOMENTS)[number];

const MOMENTS = ["before-commit", "before-release", "after-release"] as const;
const CASES = (["2pc", "3pc"] as const).flatMap((protocol) =>
  ["c1", "n1"].flatMap((node) => MOMENTS.map((at) => ({ protocol, node, at }))),
);
/** More turns than one transaction has at any node. */
const TURNS_MOST = 12;
/** A transaction that there will never be. */
const NOBODY = "nobody";
/** The last turns come after the answer. */
const LOOKS_MOST = 20;
const LOOK_MS = 10;

/** Goes through all cells on one cluster. `tell` hears of each. Throws when a promise is broken. */
export async function realCells(data: string, tell: (cell: RealCell) => void): Promise<RealCell[]> {
  const settings = { resendAfterMs: 100, inquireAfterMs: 100 };
  const cluster = await open({ data, hosts: "processes", chaos: true, settings });
  const cells: RealCell[] = [];
  try {
    for (const { protocol, node, at } of CASES) {
      for (let turn = 1; turn <= TURNS_MOST; turn += 1) {
        const cell = await struck(cluster, { protocol, node, at, turn });
        if (cell === undefined) break;
        cells.push(cell);
        tell(cell);
      }
    }
  } finally {
    await cluster.close();
  }
  const broken = storeViolations(readStores(data));
  if (broken.length > 0) throw new Error(broken.join("; "));
  return cells;
}

type Strike = Pick<RealCell, "protocol" | "node" | "at" | "turn">;

/** How a transaction ended in whose n-th turn the node was killed. Undefined when it has no such turn. */
async function struck(cluster: Cluster, strike: Strike): Promise<RealCell | undefined> {
  const { protocol, node, at, turn } = strike;
  const txn = `${protocol}-${node}-${at}-${turn}`;
  const operations: Operation[] = [
    { op: "put", key: "a", value: txn },
    { op: "add", key: "b", delta: 1 },
  ];
  const count = Number((await cluster.get("b")).value ?? 0);
  // It stays down until it is started again, since so many deaths in a row would make the supervisor give up.
  await cluster.crash(node, { at, hit: turn, txn, restart: false });
  let answer = "nothing";
  const telling = cluster.transact(operations, { id: txn, protocol }).then((result) => {
    // Nobody has voted: it is not run, but nobody is bound either.
    const isRefused = result.outcome === "unknown" && result.why.code === "unavailable";
    answer = isRefused ? "refused" : result.outcome;
    return result;
  });
  const died = await goesDown(cluster, node, () => answer !== "nothing");
  // In three-phase commit the others decide without it.
  if (died && protocol === "3pc") await telling;
  const away = answer;
  if (died) await cluster.restart(node);
  else await cluster.crash(node, { at, txn: NOBODY, restart: false }); // Or it would die of a question about it.
  const told = await telling;
  const unsettled = await settle(cluster);
  if (unsettled !== undefined) throw new Error(`${txn}: ${unsettled}`);
  const { outcome } = await cluster.outcome(txn);
  if (told.outcome !== "unknown" && told.outcome !== outcome)
    throw new Error(`${txn}: ${told.outcome}, then ${outcome}`);
  if (died && protocol === "3pc" && away === "unknown") throw new Error(`${txn} was not decided without ${node}`);
  await rightEverywhere(cluster, txn, outcome === "committed" ? count + 1 : count);
  return died ? { ...strike, away, outcome } : undefined;
}

/** Looks until the node is down; some time after the answer it will not die any more. */
async function goesDown(cluster: Cluster, node: string, answered: () => boolean): Promise<boolean> {
  for (let looks = 0; looks < LOOKS_MOST; ) {
    if (nodeOf(await cluster.status(), node).state === "held") return true;
    if (answered()) looks += 1;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  return false;
}

async function rightEverywhere(cluster: Cluster, txn: string, count: number): Promise<void> {
  const replicas = (await cluster.status()).nodes.filter(({ role }) => role !== "coordinator");
  for (const { id } of replicas) {
    const { value } = await cluster.get("b", { replica: id });
    if (Number(value ?? 0) !== count) throw new Error(`${txn}: b is ${value} at ${id}, not ${count}`);
  }
}
