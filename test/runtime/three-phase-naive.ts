/**
 * Three-phase commit explored without any thought: every crash, word, letter and alarm is a step of its own, nothing is
 * done at once and nothing left out. To see that the explorer's shortcuts lose nothing.
 */

import type { NodeId } from "../../actors/transaction.js";
import type { Happening, Word } from "../../runtime/exploration/actor.js";
import { type Cast, CLIENT } from "../../runtime/exploration/cast.js";
import type { Processes } from "../../runtime/exploration/three-phase/processes.js";
import { settle } from "../../runtime/exploration/three-phase/request.js";
import type { Step, TransitionSystem } from "../../runtime/exploration/transition-system.js";

/** Letters to the present lives of their receivers, which stay until those end. */
export type NaiveState = { actors: readonly number[]; letters: readonly number[] };

export class Naive implements TransitionSystem<NaiveState> {
  readonly invariants = [];
  readonly #system: Processes;
  readonly #cast: Cast;
  readonly #nodes: readonly NodeId[];

  /** The processes are plain ones: only their start and their actors are used. */
  constructor(system: Processes) {
    this.#system = system;
    this.#cast = system.cast;
    this.#nodes = system.nodes;
  }

  *initial(): Iterable<NaiveState> {
    for (const start of this.#system.initial()) {
      yield { actors: this.#system.actors(start), letters: [this.#system.begin] };
    }
  }

  *next(state: NaiveState): Iterable<Step<NaiveState, string>> {
    for (const [on, actor] of state.actors.entries()) {
      if (!this.#cast.isUp(actor)) yield this.#restart(state, on);
      else {
        for (const happening of this.#possible(state, on)) yield this.#turn(state, on, happening);
        if (this.#crashes(state) < this.#system.options.crashes) {
          for (const kept of [false, true]) yield this.#become(state, on, this.#cast.crash(actor, kept), []);
        }
      }
    }
  }

  key({ actors, letters }: NaiveState): string {
    return `${actors.join()}:${letters.join()}`;
  }

  /** Words that this process has still to hear, the next of each other one. */
  words({ actors }: NaiveState, on: number): Word[] {
    const peers = this.#cast.actor(actors[on] ?? 0).running?.core.peers ?? [];
    return peers.flatMap(([node, { up, epoch }]) => {
      const place = this.#nodes.indexOf(node);
      const { disk, running } = this.#cast.actor(actors[place] ?? 0);
      if (place === on || (disk.epoch === epoch && (running !== undefined) === up)) return [];
      return [{ node, up: !up, epoch: up ? epoch : epoch + 1 }];
    });
  }

  #possible(state: NaiveState, on: number): number[] {
    const target = this.#nodes[on] ?? "";
    const own: Happening[] = [
      { kind: "alarm", target },
      { kind: "flush", target },
      ...this.words(state, on).map((word): Happening => ({ kind: "word", target, ...word })),
      ...this.#questions(state, on),
    ];
    const due = state.letters.filter((letter) => this.#cast.place(letter) === on && this.#isDue(state, on, letter));
    return [...due, ...own.map((happening) => this.#cast.happeningNumber(happening))];
  }

  #isDue({ actors }: NaiveState, on: number, number: number): boolean {
    const letter = this.#cast.happening(number);
    if (letter.kind !== "letter") return false;
    const peers = this.#cast.actor(actors[on] ?? 0).running?.core.peers ?? [];
    const word = peers.find(([node]) => node === letter.source)?.[1];
    return letter.source === CLIENT || (word?.up === true && word.epoch === letter.epoch);
  }

  #questions({ actors }: NaiveState, on: number): Happening[] {
    const [first, self] = [actors[0], actors[on]].map((number) => this.#cast.actor(number ?? 0));
    const core = self?.running?.core.participating;
    const isUnseen = core !== undefined && core.open.length + core.finished.length === 0;
    const isOver = first !== undefined && (first.disk.epoch > 1 || !first.running);
    return isUnseen && isOver ? [settle(this.#nodes[on] ?? "")] : [];
  }

  #turn(state: NaiveState, on: number, happening: number): Step<NaiveState, string> {
    const { actor, sent } = this.#cast.turn(state.actors[on] ?? 0, happening);
    const letters = state.letters.filter((letter) => letter !== this.#system.begin || letter !== happening);
    return this.#become({ ...state, letters }, on, actor, sent);
  }

  #restart(state: NaiveState, on: number): Step<NaiveState, string> {
    const words = this.#nodes.flatMap((node, place): Word[] => {
      const { disk, running } = this.#cast.actor(state.actors[place] ?? 0);
      return place === on ? [] : [{ node, up: running !== undefined, epoch: disk.epoch }];
    });
    const news = this.#cast.happeningNumber({ kind: "news", target: this.#nodes[on] ?? "", words });
    const actor = this.#cast.restart(state.actors[on] ?? 0);
    return this.#turn({ ...state, actors: state.actors.with(on, actor) }, on, news);
  }

  /** Letters to one that is down are lost, those that are sent now and those on their way. */
  #become(state: NaiveState, on: number, actor: number, sent: readonly number[]): Step<NaiveState, string> {
    const actors = state.actors.with(on, actor);
    const letters = [...new Set([...state.letters, ...sent])]
      .filter((letter) => this.#cast.isUp(actors[this.#cast.place(letter)] ?? 0))
      .sort((left, right) => left - right);
    return { label: "", state: { actors, letters } };
  }

  #crashes({ actors }: NaiveState): number {
    const lives = actors.map((number) => this.#cast.actor(number));
    return lives.reduce((sum, { disk, running }) => sum + disk.epoch - (running ? 1 : 0), 0);
  }
}
