/** A cluster as a transition system: whatever may happen to any node, in any order, and crashes within a bound. */

import type { NodeId, TxnId } from "../../actors/transaction.js";
import type { Roles } from "../../actors/transactions.js";
import type { Actor, Cell, Happening } from "./actor.js";
import { Cast, CLIENT, type Consequence, letter, TOLD } from "./cast.js";
import { Symmetry } from "./symmetry.js";
import type { Invariant, Step, TransitionSystem } from "./transition-system.js";

export type ClusterOptions = {
  participants: number;
  /** How often nodes may crash, all together. They may restart at any time. */
  crashes: number;
  /** Transactions that write the same key (default 1). */
  transactions?: number;
  /** Other rules than the shipped ones. */
  roles?: Partial<Roles>;
  /** Whether states are kept apart that cannot make a difference (default false): to see that they make none. */
  plain?: boolean;
};

/** Actors and happenings by their number in the cast. */
export type ClusterState = {
  /** The coordinator, then the participants. */
  actors: readonly number[];
  /** What may happen any time from now on, and again: sorted, and it only grows. */
  possible: readonly number[];
  /** What clients were told. */
  told: number;
  /** An assumption that broke on the way here. */
  flaw?: string;
};

/** What was done, and to whom (an index of `actors`). */
export type Deed =
  | { on: number; does: "turn"; happening: number }
  /** With `kept`, some other commit had made everything durable before. */
  | { on: number; does: "crash"; kept: boolean }
  | { on: number; does: "restart" };

const COORDINATOR = "c1";
/** What every transaction writes. */
export const KEY = "a";
/** A participant that has this key votes no. */
export const VETO = "veto";
const CELL: Cell = { key: VETO, value: "1", version: "t0" };

export class Cluster implements TransitionSystem<ClusterState, Deed> {
  readonly cast: Cast;
  readonly nodes: readonly NodeId[];
  readonly txns: readonly TxnId[];
  readonly invariants: readonly Invariant<ClusterState>[];
  /** Of each node: its alarm, and the commit of what it has not forced. They are always possible. */
  readonly rings: readonly (readonly number[])[];
  /** The detector's good news for the coordinator. */
  readonly upWords: readonly number[];
  readonly #options: ClusterOptions;
  readonly #symmetry: Symmetry;

  constructor(options: ClusterOptions, invariants: (cluster: Cluster) => readonly Invariant<ClusterState>[]) {
    const { participants, transactions = 1, roles, plain = false } = options;
    const replicas = Array.from({ length: participants }, (_, index) => `n${index + 1}`);
    this.#options = options;
    this.nodes = [COORDINATOR, ...replicas];
    this.txns = Array.from({ length: transactions }, (_, index) => `t${index + 1}`);
    this.cast = new Cast(
      { nodes: this.nodes, replicas, roles },
      this.txns,
      plain ? undefined : (actor) => this.#essence(actor),
    );
    const number = (happening: Happening) => this.cast.happeningNumber(happening);
    this.rings = this.nodes.map((target) => [number({ kind: "alarm", target }), number({ kind: "flush", target })]);
    this.upWords = replicas.map((node) => number(word(node, true)));
    this.#symmetry = new Symmetry(this.cast, replicas, !plain);
    this.invariants = invariants(this);
  }

  /** There is a start for each number of participants that vote no. */
  *initial(): Iterable<ClusterState> {
    const { cast, nodes, txns } = this;
    const replicas = nodes.slice(1);
    const asked = txns.flatMap((txn) => [begin(txn), ask(txn, false)]);
    const possible = [...asked.map((happening) => cast.happeningNumber(happening)), ...this.rings.flat()];
    const alone = cast.first(COORDINATOR, { epoch: 0, log: [], data: [] });
    const coordinator = this.upWords.reduce((actor, up) => cast.turn(actor, up).actor, alone);
    for (let refusing = 0; refusing <= replicas.length; refusing += 1) {
      const disks = replicas.map((_, index) => ({ epoch: 0, log: [], data: index < refusing ? [CELL] : [] }));
      const actors = [coordinator, ...disks.map((disk, index) => cast.first(replicas[index] ?? "", disk))];
      yield this.#saturate({ actors, possible: sorted(possible), told: 0 }, possible);
    }
  }

  *next(state: ClusterState): Iterable<Step<ClusterState, Deed>> {
    for (const [on, actor] of state.actors.entries()) {
      if (this.cast.isUp(actor)) {
        yield* this.#turns(state, on, actor);
        if (this.#crashesOf(state) < this.#options.crashes) yield* this.#crashes(state, on, actor);
      } else {
        yield this.#happen(state, { on, does: "restart" }, this.cast.restart(actor));
      }
    }
  }

  key({ actors, possible, told, flaw }: ClusterState): string {
    return `${told}${flaw ?? ""}:${this.#symmetry.least(actors, possible)}`;
  }

  *#turns(state: ClusterState, on: number, actor: number): Iterable<Step<ClusterState, Deed>> {
    for (const happening of state.possible) {
      if (this.cast.place(happening) !== on) continue;
      const consequence = this.cast.turn(actor, happening);
      const after = this.#follow(state, on, consequence);
      if (after === state) continue;
      yield { label: { on, does: "turn", happening }, state: this.#become(after, on, consequence.sent) };
    }
  }

  *#crashes(state: ClusterState, on: number, actor: number): Iterable<Step<ClusterState, Deed>> {
    const lost = this.cast.crash(actor, false);
    const kept = this.cast.crash(actor, true);
    yield this.#happen(state, { on, does: "crash", kept: false }, lost);
    if (kept !== lost) yield this.#happen(state, { on, does: "crash", kept: true }, kept);
  }

  #happen(state: ClusterState, label: Exclude<Deed, { does: "turn" }>, actor: number): Step<ClusterState, Deed> {
    const actors = state.actors.with(label.on, actor);
    const up = actors.map((number) => this.cast.isUp(number));
    const words = this.wordsAfter(label.does, label.on, up).map((word) => this.cast.happeningNumber(word));
    return { label, state: this.#become({ ...state, actors }, label.on, words) };
  }

  /**
   * The detector tells the coordinator who is up. To a participant its word is the same as an alarm.
   * The client asks a coordinator that is back, and rules out what it does not know.
   */
  wordsAfter(does: "crash" | "restart", on: number, up: readonly boolean[]): Happening[] {
    const node = this.nodes[on] ?? "";
    if (on > 0) return [word(node, does === "restart")];
    if (does === "crash") return [];
    const others = this.nodes.filter((_, index) => index > 0 && up[index]);
    return [...others.map((other) => word(other, true)), ...this.txns.map((txn) => ask(txn, true))];
  }

  /** Each crash costs an incarnation, sooner or later. */
  #crashesOf({ actors }: ClusterState): number {
    return actors.reduce((sum, number) => {
      const { disk, running } = this.cast.actor(number);
      return sum + disk.epoch - (running ? 1 : 0);
    }, 0);
  }

  /** A node has changed, and more is possible. */
  #become(state: ClusterState, on: number, more: readonly number[]): ClusterState {
    const after = { ...state, possible: union(state.possible, more) };
    if (this.#options.plain) return after;
    return this.#saturate(after, [...after.possible.filter((happening) => this.cast.place(happening) === on), ...more]);
  }

  /**
   * Whatever changes nobody, but only sends or tells, is done at once: since letters stay, to send earlier only makes
   * more possible. It begins with what was not possible before.
   */
  #saturate(state: ClusterState, fresh: readonly number[]): ClusterState {
    let settled = state;
    const waiting = [...fresh];
    for (let happening = waiting.pop(); happening !== undefined; happening = waiting.pop()) {
      const on = this.cast.place(happening);
      const consequence = this.cast.turn(settled.actors[on] ?? 0, happening);
      if (consequence.actor !== settled.actors[on] || consequence.flaw !== undefined) continue;
      const after = this.#follow(settled, on, consequence);
      if (after.flaw !== undefined) return after;
      if (after.possible.length > settled.possible.length) {
        waiting.push(...consequence.sent.filter((letter) => !settled.possible.includes(letter)));
      }
      settled = after;
    }
    return settled;
  }

  /** The state after a consequence for one node; the same object when there was none. */
  #follow(state: ClusterState, on: number, { actor, sent, told, flaw }: Consequence): ClusterState {
    const found = flaw ?? this.#takenBack(state.told, told);
    const possible = union(state.possible, sent);
    const toldNow = state.told | this.cast.lasting(told);
    const same = actor === state.actors[on] && possible === state.possible && toldNow === state.told;
    if (same && found === undefined) return state;
    const actors = actor === state.actors[on] ? state.actors : state.actors.with(on, actor);
    return { actors, possible, told: toldNow, ...(found !== undefined && { flaw: found }) };
  }

  /** Who is believed to be up matters only to a coordinator that may yet begin a transaction. */
  #essence(actor: Actor): unknown {
    const { running } = actor;
    if (!running) return actor;
    const { open, finished } = running.core.coordinating;
    const known = open.length + finished.length === this.txns.length;
    const peers = known ? [] : running.core.peers.filter(([, { up }]) => up);
    return { ...actor, running: { ...running, core: { ...running.core, peers } } };
  }

  #takenBack(before: number, told: number): string | undefined {
    if (told === 0 || before === 0) return undefined;
    const was = (told: number, txn: TxnId, bits: number) => this.cast.wasTold(told, txn, bits);
    const back = this.txns.find(
      (txn) => was(told, txn, TOLD.nothing) && was(before, txn, TOLD.committed | TOLD.aborted),
    );
    return back === undefined ? undefined : `the client of ${back} knows more than its coordinator`;
  }
}

function union(numbers: readonly number[], more: readonly number[]): readonly number[] {
  const added = more.filter((number) => !numbers.includes(number));
  return added.length === 0 ? numbers : sorted([...numbers, ...new Set(added)]);
}

function word(node: NodeId, up: boolean): Happening {
  return { kind: "word", target: COORDINATOR, node, up };
}

function begin(txn: TxnId): Happening {
  return letter(CLIENT, COORDINATOR, {
    kind: "begin",
    request: 1,
    txn,
    protocol: "2pc",
    operations: [{ op: "put", key: KEY, value: "1" }],
    checks: [{ key: VETO, is: "absent" }],
    deadlineMs: 0,
  });
}

function ask(txn: TxnId, settle: boolean): Happening {
  return letter(CLIENT, COORDINATOR, { kind: "ask", request: 2, txn, protocol: "2pc", settle });
}

function sorted(numbers: readonly number[]): number[] {
  return [...numbers].sort((left, right) => left - right);
}
