/** One transaction, one fault or two in every place where they can fall, and what becomes of it: in simulation. */

import type { Output } from "../../actors/protocol.js";
import { rangeVersion } from "../../actors/range.js";
import type { Millis, NodeId, ProtocolName } from "../../actors/transaction.js";
import type { Moment, Strike } from "../../runtime/faults.js";
import { SimulatedClient } from "../../runtime/simulation/client.js";
import { SimulatedCluster } from "../../runtime/simulation/cluster.js";
import { Evidence } from "../../runtime/simulation/evidence.js";
import { History } from "../../runtime/simulation/history.js";
import { judge } from "../../runtime/simulation/judge.js";
import { Random } from "../../runtime/simulation/random.js";

/**
 * What befalls a node in its n-th turn (those in which nothing happens do not count): of the transaction, where the
 * victim stays away, or once the first victim is back, where it comes back soon.
 */
export type Blow = { node: NodeId; turn: number; kind: BlowKind; phase: "run" | "return" };
export const KILLS = ["before-commit", "before-release", "partial-release", "after-release"] as const;
export type BlowKind = `kill ${Moment}` | "pause" | "flush fails before durable" | "flush fails after durable";
export const KINDS: readonly BlowKind[] = [
  ...KILLS.map((moment): BlowKind => `kill ${moment}`),
  "pause",
  "flush fails before durable",
  "flush fails after durable",
];

/** How a case ended: with the victims away, and once they were back. Anything that is wrong says what. */
export type Ending = { away: string; back: string; wrong: string[]; run: Turns; return: Turns };

/** The turns that each node took after the last blow (all of them when there was none), and which of them flushed. */
export type Turns = Record<NodeId, { first: number; last: number; flushed: number[] }>;

export const COORDINATOR = "c1";
export const REPLICAS = ["n1", "n2", "n3"];
export const NODES = [COORDINATOR, ...REPLICAS];
const WAIT_MS = 100;
const PLAN = {
  membership: "all" as const,
  coordinators: [COORDINATOR],
  replicas: REPLICAS,
  settings: { resendAfterMs: WAIT_MS, inquireAfterMs: WAIT_MS, retainedOutcomes: 1000 },
  turnMs: 0.05,
  weather: { leastDelayMs: 1, mostDelayMs: 1, loss: 0, copies: 0, reorders: false },
};
/** In three-phase commit that a node is dead is heard after all that it sent, which counts for nothing otherwise. */
const CAST = {
  "2pc": { detector: { leastMs: 0, mostMs: 0 } },
  "3pc": { detector: { leastMs: 2, mostMs: 2 } },
};
const REQUEST = {
  kind: "transact",
  afterMs: 5,
  txn: "t1",
  operations: [
    { op: "put", key: "a", value: "1" },
    { op: "add", key: "b", delta: 1 },
  ],
  checks: [
    { key: "c", is: "absent" },
    { range: { start: "d", end: "e" }, is: "rangeUnchanged", version: rangeVersion([]) },
  ],
  insists: "asks",
} as const;
/** Long enough for every deadline and several rounds of asking. */
const LONG_MS: Millis = 1000;
/** When the victim of a blow during the return comes back. */
const SOON_MS: Millis = 50;
/** Who is sent to when a node dies in the middle of sending. */
const IN_PART: readonly NodeId[] = ["c1", "n2"];

/** Plays the case and reports how it ended. `trace` hears the conversation. */
export function play(protocol: ProtocolName, blows: readonly Blow[], trace?: (line: string) => void): Ending {
  return new MatrixCase(protocol, blows, trace).play();
}

class MatrixCase {
  readonly #protocol: ProtocolName;
  readonly #blows: Blow[];
  readonly #history = new History({ copies: false, rerunsAborted: false });
  readonly #evidence = new Evidence(PLAN.replicas, PLAN.membership);
  readonly #cluster: SimulatedCluster;
  readonly #wrong: string[] = [];
  #phase: Blow["phase"] = "run";
  #turns = noTurns();

  constructor(protocol: ProtocolName, blows: readonly Blow[], trace: ((line: string) => void) | undefined) {
    this.#protocol = protocol;
    this.#blows = [...blows];
    this.#cluster = new SimulatedCluster(
      { ...PLAN, ...CAST[protocol], protocol },
      { world: new Random(1), losses: new Random(1) },
      {
        durable: (node, { records, writes }) => this.#evidence.durable(node, records, writes),
        line: (line) => {
          this.#evidence.line(line);
          const turns = this.#turns[line.node];
          if (line.flushed) turns?.flushed.push(turns.last);
        },
        started: () => undefined,
        broken: (node, error) => this.#wrong.push(`${node} is broken: ${error}`),
      },
    );
    this.#cluster.trace = trace;
    this.#cluster.startAll();
    this.#runFor(1);
    for (const node of NODES) this.#watch(node);
  }

  play(): Ending {
    for (const { node, turn, kind } of this.#blows) if (turn === 1 && kind === "pause") this.#pauseFirst(node);
    const protocol = this.#protocol;
    const requests = [{ ...REQUEST, protocol, operations: [...REQUEST.operations], checks: [...REQUEST.checks] }];
    const plan = { address: "client", deadlineMs: 200, patienceMs: 300, requests } as const;
    const client = new SimulatedClient(plan, this.#cluster, this.#history);
    this.#runFor(LONG_MS);
    const away = this.#away();
    const run = this.#turns;
    this.#turns = noTurns();
    this.#phase = "return";
    this.#cluster.note("--- the victims are back ---");
    this.#bringBack();
    client.settle();
    this.#runFor(LONG_MS);
    return { away, back: this.#back(client.isDone), wrong: this.#wrong, run, return: this.#turns };
  }

  /** Time passes, with an end that is reached also when nothing happens any more. */
  #runFor(ms: Millis): void {
    const { agenda } = this.#cluster;
    const endAt = agenda.now + ms;
    agenda.add(endAt, () => undefined);
    while (agenda.now < endAt) agenda.step(endAt);
  }

  #bringBack(): void {
    for (const node of NODES) {
      const actor = this.#cluster.actor(node);
      actor.disk.fault = undefined;
      actor.resume();
      this.#cluster.start(node);
      this.#requireLocks(node);
      this.#watch(node);
    }
  }

  /** A replica that has promised holds all that the promise rests on, also after a replay. */
  #requireLocks(node: NodeId): void {
    const { core } = this.#cluster.actor(node);
    const { operations, checks } = REQUEST;
    const isDue =
      REPLICAS.includes(node) && core?.inDoubt().some(({ phase }) => phase === "prepared" || phase === "precommitted");
    const held = core?.locks().find(({ txn }) => txn === REQUEST.txn);
    const locks = [held?.writes, held?.reads, held?.ranges].map((list) => list?.length ?? 0);
    if (isDue && locks.join() !== [operations.length, checks.length - 1, 1].join()) {
      this.#wrong.push(
        `${node} has promised, and holds ${locks[0]} keys, ${locks[1]} for reading, and ${locks[2]} ranges`,
      );
    }
  }

  /** Counts the turns of a node in which something happens, and strikes in the one that is meant. */
  #watch(node: NodeId): void {
    this.#cluster.actor(node).strike = ({ records, messages }: Output) => {
      const turns = this.#turns[node];
      if (!turns || records.length + messages.length === 0) return undefined;
      turns.last += 1;
      const isMeant = (blow: Blow) => blow.node === node && blow.phase === this.#phase && at(blow) === turns.last;
      const here = this.#blows.findIndex(isMeant);
      const [blow] = here < 0 ? [] : this.#blows.splice(here, 1);
      return blow && this.#strike(blow);
    };
  }

  #strike({ node, kind, phase }: Blow): Strike | undefined {
    for (const turns of Object.values(this.#turns)) turns.first = turns.last + 1;
    const actor = this.#cluster.actor(node);
    const downMs = phase === "run" ? Number.POSITIVE_INFINITY : SOON_MS;
    this.#cluster.afterlife(node, { downMs, power: true, stumbles: 0 });
    if (kind === "pause") {
      actor.pause();
      if (phase === "return") this.#cluster.agenda.after(SOON_MS, () => actor.resume());
    } else if (kind === "flush fails before durable") actor.disk.fault = { after: 0, durable: false };
    else if (kind === "flush fails after durable") actor.disk.fault = { after: 1, durable: true };
    else return { moment: kind.slice("kill ".length) as Moment, sends: ({ target }) => IN_PART.includes(target) };
    return undefined;
  }

  #pauseFirst(node: NodeId): void {
    const here = this.#blows.findIndex((blow) => blow.node === node);
    this.#blows.splice(here, 1);
    this.#cluster.actor(node).pause();
  }

  /** What the others can do without the victims. */
  #away(): string {
    const works = (node: NodeId) => this.#cluster.actor(node).isUp && !this.#cluster.actor(node).isPaused;
    const gone = NODES.filter((node) => !works(node));
    const open = NODES.filter(works).flatMap((node) =>
      (this.#cluster.actor(node).core?.inDoubt() ?? []).map(({ phase }) => ({ node, phase })),
    );
    return this.#protocol === "2pc" ? this.#blocked(works, gone, open) : this.#decided(gone, open);
  }

  /** In three-phase commit those that are left decide. They wait for one that is paused: it is not dead. */
  #decided(gone: readonly NodeId[], open: readonly { node: NodeId }[]): string {
    const paused = gone.filter((node) => this.#cluster.actor(node).isPaused);
    if (open.length > 0 && paused.length > 0) return `waits for ${paused.join(" and ")}, which is slow and not dead`;
    const without = `without ${gone.join(" and ")}`;
    if (open.length > 0) this.#wrong.push(`${open.map(({ node }) => node).join(", ")} did not decide ${without}`);
    const told = this.#history.transactions.get(REQUEST.txn)?.told;
    return told ? `the others have ${told} ${without}` : `nothing is left open ${without}`;
  }

  /** In two-phase commit they may block, but only as theory says. */
  #blocked(
    works: (node: NodeId) => boolean,
    gone: readonly NodeId[],
    open: readonly { node: NodeId; phase: string }[],
  ): string {
    const prepared = open.filter(({ phase }) => phase === "prepared").map(({ node }) => node);
    if (prepared.length === 0)
      return open.length > 0 ? `settles; the commit is kept for ${gone.join(", ")}` : "settles";
    const somebodyKnows = works(COORDINATOR) || REPLICAS.some((node) => works(node) && !prepared.includes(node));
    if (somebodyKnows) this.#wrong.push(`${prepared.join(", ")} blocked although somebody knew`);
    return `blocks, as theory says, until ${gone.join(" or ")} is back`;
  }

  #back(answered: boolean): string {
    const unsettled = this.#cluster.unsettled() ?? (answered ? undefined : "the client was not answered");
    if (unsettled !== undefined) this.#wrong.push(`not settled: ${unsettled}`);
    else {
      const violations = judge(this.#cluster, { history: this.#history, evidence: this.#evidence }, []);
      this.#wrong.push(...violations.map(({ promise, says }) => `${promise}: ${says}`));
    }
    return this.#history.transactions.get(REQUEST.txn)?.told ?? "never begun";
  }
}

/** A pause keeps the node from its turn, so it begins right after the one before. */
function at({ turn, kind }: Blow): number {
  return kind === "pause" ? turn - 1 : turn;
}

function noTurns(): Turns {
  return Object.fromEntries(NODES.map((node) => [node, { first: 1, last: 0, flushed: [] }]));
}
