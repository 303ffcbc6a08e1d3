/** Participants differ only by name: of all states that are the same under other names, one is explored. */

import type { NodeId } from "../../actors/transaction.js";
import type { Cast } from "./cast.js";

/** One way to rename, and what became of the numbers of the cast under it. */
type Renaming = { names: ReadonlyMap<string, string>; places: number[]; actors: number[]; happenings: number[] };

export class Symmetry {
  readonly #cast: Cast;
  readonly #renamings: readonly Renaming[];

  constructor(cast: Cast, replicas: readonly NodeId[], every: boolean) {
    this.#cast = cast;
    const orders = every ? permutations(replicas) : [replicas];
    this.#renamings = orders.map((order) => {
      const names = new Map(replicas.map((node, index) => [node, order[index] ?? node]));
      const places = [0, ...order.map((node) => replicas.indexOf(node) + 1)];
      return { names, places, actors: [], happenings: [] };
    });
  }

  /** A text that is the same for all states that differ only by names. */
  least(actors: readonly number[], possible: readonly number[]): string {
    const byActors = least(this.#renamings, (renaming) => this.#actorsText(actors, renaming));
    const byAll = least(byActors.items, (renaming) => this.#possibleText(possible, renaming));
    return byActors.text + byAll.text;
  }

  #actorsText(actors: readonly number[], { names, places, actors: renamed }: Renaming): string {
    const codes: number[] = [];
    for (const [index, actor] of actors.entries()) {
      renamed[actor] ??= this.#cast.renamedActor(actor, names);
      codes[places[index] ?? 0] = renamed[actor];
    }
    return String.fromCharCode(...codes);
  }

  /** A set of small numbers as bits, 16 in each character. */
  #possibleText(possible: readonly number[], { names, happenings: renamed }: Renaming): string {
    const codes: number[] = [];
    for (const happening of possible) {
      renamed[happening] ??= this.#cast.renamedHappening(happening, names);
      const bit = renamed[happening];
      codes[bit >> 4] = (codes[bit >> 4] ?? 0) | (1 << (bit & 15));
    }
    return String.fromCharCode(...codes);
  }
}

/** The least text, and the items that have it. */
function least<T>(items: readonly T[], textOf: (item: T) => string): { text: string; items: T[] } {
  let found: { text: string; items: T[] } | undefined;
  for (const item of items) {
    const text = textOf(item);
    if (found === undefined || text < found.text) found = { text, items: [item] };
    else if (text === found.text) found.items.push(item);
  }
  return found ?? { text: "", items: [] };
}

/** Every order. */
export function permutations<T>(items: readonly T[]): T[][] {
  if (items.length <= 1) return [[...items]];
  return items.flatMap((item, index) => permutations(items.toSpliced(index, 1)).map((rest) => [item, ...rest]));
}
