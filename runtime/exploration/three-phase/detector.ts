/** An exact failure detector: what it has still to say, and to whom. */

import type { Happening, Word } from "../actor.js";
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
    const desk = desks[on] ?? 0;
    const self = this.#desks.actor(desk);
    if (!this.#cast.isUp(self) || this.#desks.isFinished(self)) return [];
    const due: number[] = [];
    for (const [place, word] of this.#desks.heard(desk).entries()) {
      if (!word || place === on || word.up === up) continue;
      const { node, epoch } = word;
      const { disk, running } = this.#cast.actor(this.#desks.actor(desks[place] ?? 0));
      if (disk.epoch === epoch && (running !== undefined) === word.up) continue;
      due.push(this.#word(on, { node, up, epoch: up ? epoch + 1 : epoch }));
    }
    return due;
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
