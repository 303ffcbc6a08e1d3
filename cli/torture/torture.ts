/** A whole run: sets up a cluster in a folder of its own, plays rounds until the time is over, keeps or removes it all. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ProtocolName } from "../../actors/transaction.js";
import { type Cluster, connect } from "../../runtime/client.js";
import { Random } from "../../runtime/simulation/random.js";
import { BANK, bankOpening } from "./bank.js";
import type { Board } from "./board.js";
import { Detour } from "./detour.js";
import { SmallDisk } from "./disk.js";
import { FaultDeck, GATEWAY } from "./faults.js";
import { type Arena, historyFile, playRound } from "./round.js";
import { Server } from "./server.js";
import { readStores } from "./stores.js";
import { commit, sweep } from "./sweep.js";
import { Accounts } from "./transfers.js";
import { Witness } from "./witness.js";

export type TortureOptions = {
  seed: number;
  replicas: number;
  coordinators: number;
  protocols: readonly ProtocolName[];
  board: Board;
};

/** What a run came to. */
export type Verdict = { violations: string[]; rounds: number; kept: string | null };

/** What to do in the end, the last first; `keep` is true after a failure. */
type Closing = ((keep: boolean) => unknown)[];

const ROUND_MS = 60_000;
/** What is left after a round is not worth another one if it is shorter than this. */
const SHORTEST_MS = 5000;
const LOOK_EVERY_MS = 1000;

export async function torture(options: TortureOptions): Promise<Verdict> {
  const { board } = options;
  const root = mkdtempSync(join(tmpdir(), "ayes-torture-"));
  const closing: Closing = [];
  const violations: string[] = [];
  let rounds = 0;
  const inHaste = () => leaveNothing(root, closing);
  process.once("exit", inHaste);
  try {
    const arena = await setUp(root, options, closing);
    board.begin();
    do {
      if (rounds > 0) await reopen(arena, rounds);
      const endAt = Math.min(board.endAt, performance.now() + ROUND_MS);
      violations.push(...(await playRound(arena, rounds, endAt)));
      if (violations.length === 0) rmSync(historyFile(root, rounds));
      rounds += 1;
    } while (violations.length === 0 && !board.over && board.endAt - performance.now() > SHORTEST_MS);
  } catch (error) {
    violations.push(`the run broke: ${error instanceof Error ? error.stack : String(error)}`);
  }
  process.off("exit", inHaste);
  for (const work of closing.toReversed()) await work(violations.length > 0);
  if (violations.length > 0) return { violations, rounds, kept: root };
  rmSync(root, { recursive: true, force: true });
  return { violations, rounds, kept: null };
}

async function setUp(root: string, options: TortureOptions, closing: Closing): Promise<Arena> {
  const { seed, replicas: replicaCount, coordinators: coordinatorCount, protocols, board } = options;
  const data = join(root, "data");
  const coordinators = names("c", coordinatorCount);
  const replicas = names("n", replicaCount);
  const dice = new Random(seed);
  const detour = await openDetour(root, data, [...coordinators, ...replicas, GATEWAY], board);
  closing.push(() => detour?.close());
  const server = new Server({
    data,
    replicas: replicaCount,
    coordinators: coordinatorCount,
    detour: detour && join(root, "links"),
    log: join(root, "up.log"),
  });
  let disk: SmallDisk | undefined;
  closing.push((keep) => {
    server.abandon();
    if (keep) keepLogs(root, data);
    disk?.remove({ keep });
  });
  await server.start();
  await server.stop();
  const small = dice.pick([...coordinators, ...replicas]);
  disk = smallDisk(join(data, "nodes", small), board);
  await server.start();
  const { cluster, clients, witness } = await connectAll(server.url, board, closing);
  const accounts = new Accounts();
  await commit(cluster, [...accounts.opening(), ...bankOpening()]);
  await cluster.constrain(BANK, { min: 0 }, { deadlineMs: 10_000 });
  const links = detour?.links ?? [];
  const deck = new FaultDeck(dice, { coordinators, replicas, protocols, links, disk: disk && small });
  const world = { server, cluster, detour, disk, rest: (ms: number) => board.rest(ms) };
  return {
    root,
    data,
    world,
    clients,
    witness,
    replicas,
    deck,
    dice: new Random(seed + 1),
    accounts,
    board,
    protocols,
  };
}

/** Who looks after the cluster, its clients and its witness have a connection each. */
async function connectAll(url: string, board: Board, closing: Closing) {
  const [cluster, clients, own] = await Promise.all([connect(url), connect(url), connect(url)]);
  const witness = new Witness(own);
  const watch = setInterval(() => void look(cluster, board), LOOK_EVERY_MS);
  closing.push(() => {
    clearInterval(watch);
    return Promise.all([cluster.close(), clients.close(), witness.close()]);
  });
  return { cluster, clients, witness };
}

async function openDetour(
  root: string,
  data: string,
  addresses: readonly string[],
  board: Board,
): Promise<Detour | undefined> {
  const folder = join(root, "links");
  const sockets = join(data, "links");
  if (!Detour.fits(folder, sockets)) {
    board.skipped.push(`links: ${root} is too long for the path of a socket, or this system has none`);
    return undefined;
  }
  const detour = new Detour(folder, sockets, addresses);
  await detour.listen();
  return detour;
}

/** The folder of one node, chosen by the seed, moves to a disk that can be filled. */
function smallDisk(folder: string, board: Board): SmallDisk | undefined {
  const disk = SmallDisk.under(folder);
  if (typeof disk !== "string") return disk;
  board.skipped.push(`full-disk: ${disk}`);
  return undefined;
}

/** Every round begins with a start of the whole cluster on its old folder. */
async function reopen({ world, board }: Arena, round: number): Promise<void> {
  board.phase = "starting again";
  await world.server.start();
  await reconnected(world.cluster);
  for (const kind of ["receipt", "list", "register", "skew"]) await sweep(world.cluster, `${kind}/${round - 1}/`);
}

/** The connection is made again by itself; calls wait for it. */
async function reconnected(cluster: Cluster): Promise<void> {
  await cluster.status();
}

/** For the screen. */
async function look(cluster: Cluster, board: Board): Promise<void> {
  const status = await cluster.status().catch(() => undefined);
  if (status) board.inDoubt = status.inDoubt.length;
}

/** When the program is told to end at once. */
function leaveNothing(root: string, closing: Closing): void {
  for (const work of closing.toReversed()) void work(false);
  rmSync(root, { recursive: true, force: true });
}

/** The log of every node as JSON lines, beside the data folder; of those that can be read. */
function keepLogs(root: string, data: string): void {
  try {
    for (const { node, log } of readStores(data)) {
      writeFileSync(join(root, `log-${node}.jsonl`), log.map((record) => `${JSON.stringify(record)}\n`).join(""));
    }
  } catch (error) {
    writeFileSync(join(root, "log-unreadable.txt"), String(error));
  }
}

function names(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index + 1}`);
}
