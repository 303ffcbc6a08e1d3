/** One round: traffic and faults, then quiet, then every check. What it keeps in memory is let go with it. */

import { join } from "node:path";
import type { ProtocolName } from "../../actors/transaction.js";
import type { Cluster } from "../../runtime/api.js";
import type { Random } from "../../runtime/simulation/random.js";
import { checkHistory } from "../history/check.js";
import { HistoryRecorder } from "../history/history.js";
import { readHistory } from "../history/read.js";
import { audit } from "./audit.js";
import { Bank } from "./bank.js";
import type { Board } from "./board.js";
import { type End, pause } from "./clerk.js";
import { describeFault, type FaultDeck } from "./faults.js";
import { healthy } from "./health.js";
import { strayFiles, strayProcesses } from "./leftovers.js";
import { Lists } from "./lists.js";
import { until } from "./polling.js";
import { Registers } from "./registers.js";
import { settle } from "./settle.js";
import { Skews } from "./skews.js";
import { readStores } from "./stores.js";
import { strike, type World } from "./strike.js";
import { Traffic } from "./traffic.js";
import { type Accounts, Transfers } from "./transfers.js";
import type { Witness } from "./witness.js";

export type Arena = {
  /** The folder of the run, and that of the cluster in it. */
  root: string;
  data: string;
  world: World;
  /** A connection for the traffic alone. */
  clients: Cluster;
  witness: Witness;
  replicas: readonly string[];
  deck: FaultDeck;
  dice: Random;
  accounts: Accounts;
  board: Board;
  /** Each transaction runs under one of them. */
  protocols: readonly ProtocolName[];
};

const TRANSFER_CLIENTS = 10;
const LIST_CLIENTS = 4;
const REGISTER_CLIENTS = 5;
const BANK_CLIENTS = 3;
const SKEW_CLIENTS = 4;
const WARM_UP_MS = 300;
const RECOVERY_MS = 30_000;
const QUIET_MS = 30_000;
const CALM_MS = 5000;
const BETWEEN_MS = 1200;

type Workloads = { transfers: Transfers; lists: Lists; registers: Registers; bank: Bank; skews: Skews };

/** Runs until `endAt` and leaves the cluster stopped. Each string of the answer is a broken promise. */
export async function playRound(arena: Arena, round: number, endAt: number): Promise<string[]> {
  const { board, clients, dice, root, protocols } = arena;
  const recorder = new HistoryRecorder(historyFile(root, round));
  const traffic = new Traffic({ cluster: clients, dice, tally: board.tally, recorder, round, protocols });
  const workloads: Workloads = {
    transfers: new Transfers(traffic, arena.accounts),
    lists: new Lists(traffic),
    registers: new Registers(traffic),
    bank: new Bank(traffic),
    skews: new Skews(traffic),
  };
  const running = Promise.all(start(workloads));
  running.catch(() => traffic.stop());
  const found = await hurt(arena, traffic, endAt);
  traffic.stop();
  await running;
  if (found.length === 0) found.push(...(await quieten(arena, traffic, workloads)));
  if (found.length === 0) found.push(...(await arena.witness.catchUp()));
  traffic.close();
  board.phase = "checking";
  found.push(...traffic.clerk.broken, ...(await stop(arena)));
  found.push(...audit(arena.data, traffic.clerk.told, workloads.transfers));
  found.push(...testimonyViolations(arena, traffic.clerk.told));
  return [...found, ...(await judge(historyFile(root, round), board))];
}

function testimonyViolations({ board, data, witness }: Arena, told: ReadonlyMap<string, End>): string[] {
  const { testimony } = witness;
  board.watched = testimony.events;
  const found = testimony.violations(told, readStores(data));
  testimony.forget();
  return found;
}

/** Where the history of a round is written. */
export function historyFile(root: string, round: number): string {
  return join(root, `history-${round}.jsonl`);
}

function start({ transfers, lists, registers, bank, skews }: Workloads): Promise<void>[] {
  return [
    ...Array.from({ length: TRANSFER_CLIENTS }, () => transfers.client()),
    ...Array.from({ length: LIST_CLIENTS }, () => lists.client()),
    ...Array.from({ length: REGISTER_CLIENTS }, () => registers.client()),
    ...Array.from({ length: BANK_CLIENTS }, () => bank.client()),
    ...Array.from({ length: SKEW_CLIENTS }, () => skews.client()),
  ];
}

/** Fault after fault, with a look at the cluster's health before and after each. Ends with the first that is not healed. */
async function hurt({ board, deck, world }: Arena, traffic: Traffic, endAt: number): Promise<string[]> {
  await board.rest(WARM_UP_MS);
  while (!board.over && performance.now() < endAt && !traffic.over()) {
    const ill = await healthy(world.cluster, RECOVERY_MS);
    if (ill) return [`before a fault: ${ill}`];
    const faults = deck.draw();
    const names = faults.map(describeFault).join(" + ");
    board.phase = names;
    const struck = await Promise.all(faults.map((fault) => strike(fault, world)));
    faults.forEach(({ kind }, index) => {
      if (struck[index]) board.faults[kind] = (board.faults[kind] ?? 0) + 1;
    });
    const healingSince = performance.now();
    const sick = world.server.failure ?? (await healthy(world.cluster, RECOVERY_MS));
    if (sick) return [`after "${names}": ${sick}`];
    board.healed(names, performance.now() - healingSince);
    await traffic.clerk.settle();
    await board.rest(BETWEEN_MS);
  }
  return [];
}

/** Waits until nothing is under way, and reads everything once more at each replica. */
async function quieten(arena: Arena, traffic: Traffic, workloads: Workloads): Promise<string[]> {
  const { board, replicas, world } = arena;
  board.phase = "settling";
  const settled = async () => {
    // A crash point that was armed may be reached only now, and its node then waits to be restarted.
    await healthy(world.cluster, RECOVERY_MS);
    return (await traffic.clerk.settle()) || pause().then(() => false);
  };
  await until("every outcome is known", settled, QUIET_MS).catch(() => undefined);
  const { open } = traffic.clerk;
  if (open > 0) return [`${open} transactions have no outcome ${QUIET_MS / 1000} s after everything was healed`];
  const agitated = await calm(arena);
  if (agitated.length > 0) return agitated;
  await Promise.all(
    replicas.flatMap((replica) => [workloads.lists.readAll(replica), workloads.registers.readAll(replica)]),
  );
  return calm(arena);
}

/** A crash point that was armed and never reached may be reached by the very look at the cluster's health. */
async function calm({ world }: Arena): Promise<string[]> {
  let left: string | undefined;
  const look = async () => {
    left = (await healthy(world.cluster, RECOVERY_MS)) ?? (await settle(world.cluster, CALM_MS));
    return left === undefined;
  };
  await until("calm", look, QUIET_MS).catch(() => undefined);
  return left === undefined ? [] : [left];
}

async function stop({ data, world }: Arena): Promise<string[]> {
  const disorder = await world.server.stop();
  await until("no process is left", () => strayProcesses(data).length === 0).catch(() => undefined);
  const processes = strayProcesses(data).map((pid) => `process ${pid} still has the data folder open`);
  const files = strayFiles(data).map((name) => `${name} is left in the data folder`);
  return [...(disorder === undefined ? [] : [disorder]), ...processes, ...files];
}

/** What the clients saw must be what one after the other could have seen. */
async function judge(file: string, { history }: Board): Promise<string[]> {
  const events = await readHistory(file);
  if (events.length === 0) return [];
  const { operations, exact, anomalies } = checkHistory(events);
  history.operations += operations;
  history.exact &&= exact;
  history.anomalies.push(...anomalies.map(({ name }) => name));
  return anomalies.map(({ name, explanation }) => `${name}: ${explanation} (ayes check ${file} shows it)`);
}
