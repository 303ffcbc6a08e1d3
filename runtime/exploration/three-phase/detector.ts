/** An exact failure detector: what it has still to say, and to whom. */

import type { NodeId } from "../../../actors/transaction.js";
import type { Actor, Happening, Word } from "../actor.js";
import type { Cast } from "../cast.js";
import type { Desks } from "./desks.js";

export class Detector {
  readonly #cast: Cast;
  readonly #desks: Desks;
  /** Its words are needed often. */
  readonly #named = new Map<string, number>();

  constructor(cast: Cast, desks: Desks) {
    this.#cast = cast;
    this.#desks = desks;
  }

  /**
   * Words that are due: that one is down which this process believes to be up, or `up` again which it knows to have been
   * down. The words of each node come in order, and none is left out. One that has finished needs none.
   */
  news(desks: readonly number[], on: number, up: boolean): number[] {
    return this.#listening(desks, on).flatMap((word) => {
      if (word.up === up) return [];
      const { node, epoch } = word;
      const { disk, running } = this.#truth(desks, node);
      if (up) return disk.epoch > epoch ? [this.#word(on, { node, up, epoch: epoch + 1 })] : [];
      return disk.epoch > epoch || !running ? [this.#word(on, { node, up, epoch })] : [];
    });
  }

  /** What it would say if it took those for dead that are not. */
  lies(desks: readonly number[], on: number): number[] {
    return this.#listening(desks, on)
      .filter(
        ({ node, up, epoch }) =>
          up && this.#truth(desks, node).running && this.#truth(desks, node).disk.epoch === epoch,
      )
      .map(({ node, epoch }) => this.#word(on, { node, up: false, epoch }));
  }

  /** What one hears of all others when it starts. */
  newsFor(desks: readonly number[], on: number): number {
    const words = this.#cast.play.nodes.flatMap((node, place): Required<Word>[] => {
      const { disk, running } = this.#cast.actor(this.#desks.actor(desks[place] ?? 0));
      return place === on ? [] : [{ node, up: running !== undefined, epoch: disk.epoch }];
    });
    const target = this.#cast.play.nodes[on] ?? "";
    return this.#numbered(target + words.map(wordText).join(), () => ({ kind: "news", target, words }));
  }

  /** The last words about all others to one that listens. */
  #listening(desks: readonly number[], on: number): Required<Word>[] {
    const desk = desks[on] ?? 0;
    const self = this.#desks.actor(desk);
    if (!this.#cast.isUp(self) || this.#desks.isFinished(self)) return [];
    return this.#desks.heard(desk).flatMap((word, place) => (word && place !== on ? [word] : []));
  }

  #truth(desks: readonly number[], node: NodeId): Actor {
    return this.#cast.actor(this.#desks.actor(desks[this.#cast.play.nodes.indexOf(node)] ?? 0));
  }

  #word(on: number, word: Required<Word>): number {
    const target = this.#cast.play.nodes[on] ?? "";
    return this.#numbered(`${target}<${wordText(word)}`, () => ({ kind: "word", target, ...word }));
  }

  #numbered(name: string, make: () => Happening): number {
    const known = this.#named.get(name) ?? this.#cast.happeningNumber(make());
    this.#named.set(name, known);
    return known;
  }
}

function wordText({ node, up, epoch }: Required<Word>): string {
  return `${node}${up ? "+" : "-"}${epoch}`;
}
