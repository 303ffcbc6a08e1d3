/**
 * Three-phase commit as a transition system: every order of letters, words of the failure detector and alarms, and crashes
 * within a bound.
 */

import type { NodeId } from "../../../actors/transaction.js";
import type { Roles } from "../../../actors/transactions.js";
import { Cast } from "../cast.js";
import { once } from "../once.js";
import type { Invariant, Step, TransitionSystem } from "../transition-system.js";
import { type Change, Desks } from "./desks.js";
import { Detector } from "./detector.js";
import { essence, roundOf } from "./essence.js";
import { begin, CELL, settle, TXN } from "./request.js";

export type ProcessesOptions = {
  processes: number;
  /** How often they may crash, all together. They may restart at any time. */
  crashes: number;
  /**
   * States with a later round than this are seen but not continued (default 2). A round begins after a total failure; since
   * letters never get lost, stale ones could make rounds begin for ever.
   */
  rounds?: number;
  /** Whether all vote yes before anything else may happen (default false): what matters most, in far fewer states. */
  voted?: boolean;
  /** Whether nobody starts again before all have failed (default false): what may follow, with more crashes. */
  totalFailure?: boolean;
  /** Whether the failure detector may say that one is down who is not (default false), as under a partition. */
  partition?: boolean;
  /** Whether only agreement and the like are judged, and not that everything ends (default false, true for a partition). */
  safety?: boolean;
  /** Other rules than the shipped ones. */
  roles?: Partial<Roles>;
  /** Whether states are kept apart that cannot make a difference (default false): to see that they make none. */
  plain?: boolean;
};

/** Desks by their number: what each process is, and which letters may reach it. */
export type ProcessesState = {
  desks: readonly number[];
  /** An assumption that broke on the way here. */
  flaw?: string;
};

/** What was done, and to whom (an index of `desks`). Good news of the detector is heard at once. */
export type Deed =
  | { on: number; does: "turn"; happening: number }
  /** With `kept`, some other commit had made everything durable before. */
  | { on: number; does: "crash"; kept: boolean }
  | { on: number; does: "restart"; news: number };

const ROUNDS = 2;

export class Processes implements TransitionSystem<ProcessesState, Deed[]> {
  readonly cast: Cast;
  readonly desks: Desks;
  readonly detector: Detector;
  readonly nodes: readonly NodeId[];
  readonly invariants: readonly Invariant<ProcessesState>[];
  readonly options: ProcessesOptions;
  /** The request of the client. */
  readonly begin: number;
  readonly #roundOf: (actor: number) => number;
  readonly #settles: readonly number[];

  constructor(options: ProcessesOptions, invariants: (processes: Processes) => readonly Invariant<ProcessesState>[]) {
    const { processes, roles, plain = false } = options;
    this.options = options;
    this.nodes = Array.from({ length: processes }, (_, index) => `n${index + 1}`);
    const play = { nodes: this.nodes, replicas: this.nodes, roles, exact: true };
    this.cast = new Cast(play, [TXN], plain ? undefined : (actor) => essence(actor, play));
    this.desks = new Desks(this.cast);
    this.detector = new Detector(this.cast, this.desks);
    this.begin = this.cast.happeningNumber(begin(this.nodes[0] ?? ""));
    this.#settles = this.nodes.map((node) => this.cast.happeningNumber(settle(node)));
    this.invariants = invariants(this);
    this.#roundOf = once((number) => roundOf(this.cast.actor(number), play));
  }

  /** All are up and know it. Nobody votes no, or one does; a second no would change nothing any more. */
  *initial(): Iterable<ProcessesState> {
    const { nodes, cast, desks } = this;
    for (const refusing of this.options.voted ? [undefined] : [undefined, ...nodes]) {
      const numbers = nodes.map((node, place) => {
        const data = node === refusing ? [CELL] : [];
        const words = nodes.filter((other) => other !== node).map((other) => ({ node: other, up: true, epoch: 1 }));
        const news = cast.happeningNumber({ kind: "news", target: node, words });
        const actor = cast.turn(cast.first(node, { epoch: 0, log: [], data }), news).actor;
        return desks.number(actor, place === 0 ? [this.begin] : []);
      });
      yield { desks: numbers };
    }
  }

  *next(state: ProcessesState): Iterable<Step<ProcessesState, Deed[]>> {
    if (this.isBeyond(state)) return;
    const vote = this.options.voted ? this.#vote(state) : undefined;
    if (vote) {
      yield vote;
      return;
    }
    const ages = this.#ages(state.desks);
    for (const [on, desk] of state.desks.entries()) {
      for (const change of this.desks.changes(desk)) yield this.#turn(state, on, change);
      const actor = this.desks.actor(desk);
      const words = [...this.detector.news(ages, actor, false), ...this.#lies(ages, actor)];
      for (const happening of [...words, ...this.#questions(state, on)]) {
        yield this.#turn(state, on, this.desks.happen(desk, happening));
      }
    }
    yield* this.#failures(state);
  }

  /** The next step towards the votes of all. */
  #vote(state: ProcessesState): Step<ProcessesState, Deed[]> | undefined {
    for (const [on, desk] of state.desks.entries()) {
      const change = this.desks.changes(desk).find(({ happening }) => {
        const letter = this.cast.happening(happening);
        return letter.kind === "letter" && ["begin", "prepare", "vote"].includes(letter.body.kind);
      });
      if (change) return this.#turn(state, on, change);
    }
    return undefined;
  }

  key({ desks, flaw }: ProcessesState): string {
    let key = "";
    for (const desk of desks) key += String.fromCharCode(desk & 0xfff, desk >> 12);
    return flaw === undefined ? key : key + flaw;
  }

  state(key: string): ProcessesState {
    const length = this.nodes.length * 2;
    const desks = this.nodes.map((_, place) => key.charCodeAt(place * 2) | (key.charCodeAt(place * 2 + 1) << 12));
    return key.length > length ? { desks, flaw: key.slice(length) } : { desks };
  }

  /** Whether a later round has begun than are to be explored. */
  isBeyond({ desks }: ProcessesState): boolean {
    const { rounds = ROUNDS } = this.options;
    return desks.some((desk) => this.#roundOf(this.desks.actor(desk)) > rounds);
  }

  actors({ desks }: ProcessesState): number[] {
    return desks.map((desk) => this.desks.actor(desk));
  }

  /**
   * Crashes happen when somebody notices them: a process that does nothing more is as good as down until then. One is
   * noticed by who is told of it, several by who starts and is told of all.
   */
  *#failures(state: ProcessesState): Iterable<Step<ProcessesState, Deed[]>> {
    for (const { crashes, desks } of this.#crashed(state.desks)) {
      const [first] = crashes;
      for (const [on, desk] of desks.entries()) {
        if (!this.cast.isUp(this.desks.actor(desk))) {
          if (this.#mayRestart(desks)) yield this.#restart({ desks }, on, crashes);
        } else if (first && crashes.length === 1) yield* this.#notices({ desks }, on, first);
      }
    }
  }

  *#notices(state: ProcessesState, on: number, crash: Deed): Iterable<Step<ProcessesState, Deed[]>> {
    const { epoch } = this.cast.actor(this.desks.actor(state.desks[crash.on] ?? 0)).disk;
    const actor = this.desks.actor(state.desks[on] ?? 0);
    for (const happening of this.detector.news(this.#ages(state.desks), actor, false)) {
      const word = this.cast.happening(happening);
      if (word.kind !== "word" || word.node !== this.nodes[crash.on] || word.epoch !== epoch) continue;
      yield this.#turn(state, on, this.desks.happen(state.desks[on] ?? 0, happening), [crash]);
    }
  }

  /** The desks as they are, and as they become when some of those that are up crash, as many as still may. */
  *#crashed(desks: readonly number[], from = 0): Iterable<{ crashes: Deed[]; desks: readonly number[] }> {
    yield { crashes: [], desks };
    if (this.#crashesOf(desks) >= this.options.crashes) return;
    for (let on = from; on < desks.length; on += 1) {
      const actor = this.desks.actor(desks[on] ?? 0);
      if (!this.cast.isUp(actor)) continue;
      const lost = this.cast.crash(actor, false);
      for (const left of new Set([lost, this.cast.crash(actor, true)])) {
        const crash: Deed = { on, does: "crash", kept: left !== lost };
        for (const further of this.#crashed(desks.with(on, this.desks.number(left)), on + 1)) {
          yield { crashes: [crash, ...further.crashes], desks: further.desks };
        }
      }
    }
  }

  #lies(ages: number, actor: number): readonly number[] {
    return this.options.partition ? this.detector.lies(ages, actor) : [];
  }

  /** When the one that it asked went down, a client rules out what nobody has heard of. */
  #questions({ desks }: ProcessesState, on: number): number[] {
    const { disk, running } = this.cast.actor(this.desks.actor(desks[0] ?? 0));
    if (disk.epoch === 1 && running) return [];
    const core = this.cast.actor(this.desks.actor(desks[on] ?? 0)).running?.core.participating;
    return core && core.open.length + core.finished.length === 0 ? [this.#settles[on] ?? 0] : [];
  }

  #turn(state: ProcessesState, on: number, change: Change, before: readonly Deed[] = []): Step<ProcessesState, Deed[]> {
    const label: Deed[] = [...before, { on, does: "turn", happening: change.happening }];
    if (change.flaw !== undefined) return { label, state: { ...state, flaw: change.flaw } };
    return { label, state: { desks: this.#settled(state.desks, on, change, [on]) } };
  }

  #restart({ desks }: ProcessesState, on: number, before: readonly Deed[]): Step<ProcessesState, Deed[]> {
    const news = this.detector.newsFor(this.#ages(desks), on);
    const label: Deed[] = [...before, { on, does: "restart", news }];
    const restarted = this.cast.restart(this.desks.actor(desks[on] ?? 0));
    const change = this.desks.happen(this.desks.number(restarted), news);
    if (change.flaw !== undefined) return { label, state: { desks, flaw: change.flaw } };
    // From now on what the others say to it arrives.
    const said = desks.flatMap((desk, place) => (place === on ? [] : this.desks.says(desk)));
    return {
      label,
      state: { desks: this.#settled(desks, on, { ...change, sent: [...change.sent, ...said] }, desks.keys()) },
    };
  }

  /**
   * The desks after a change of one of them. All that changes nobody but only sends is done at once: letters stay, so to
   * send early only makes more possible. So does good news: it lets letters through, and is no reason to do anything but ask.
   */
  #settled(before: readonly number[], on: number, change: Change, hearing: Iterable<number>): readonly number[] {
    const desks = before.with(on, change.desk);
    const letters = [...change.sent];
    const ages = this.#ages(desks);
    for (const place of hearing) this.#hearGoodNews(ages, desks, place, letters);
    for (let letter = letters.pop(); letter !== undefined; letter = letters.pop()) {
      const target = this.cast.place(letter);
      const received = this.desks.receive(desks[target] ?? 0, letter);
      desks[target] = received.desk;
      for (const answer of received.sent) letters.push(answer);
    }
    return desks;
  }

  #hearGoodNews(ages: number, desks: number[], on: number, letters: number[]): void {
    const due = () => this.detector.news(ages, this.desks.actor(desks[on] ?? 0), true);
    for (let news = due(); news.length > 0; news = due()) {
      for (const happening of news) {
        const heard = this.desks.happen(desks[on] ?? 0, happening);
        desks[on] = heard.desk;
        letters.push(...heard.sent);
      }
    }
  }

  #ages(desks: readonly number[]): number {
    return this.detector.ages(this.actors({ desks }));
  }

  #mayRestart(desks: readonly number[]): boolean {
    if (!this.options.totalFailure) return true;
    const actors = desks.map((desk) => this.cast.actor(this.desks.actor(desk)));
    return actors.every(({ running }) => !running) || actors.some(({ disk }) => disk.epoch > 1);
  }

  /** Each crash costs an incarnation, sooner or later. */
  #crashesOf(desks: readonly number[]): number {
    return desks.reduce((sum, desk) => {
      const { disk, running } = this.cast.actor(this.desks.actor(desk));
      return sum + disk.epoch - (running ? 1 : 0);
    }, 0);
  }
}
