/** When two plain values are the same for the protocol: lists are sets, and reasons and positions decide nothing. */

import { TooManyStates } from "./transition-system.js";

/** A number is one character of a state's key. */
const HIGHEST = 0xffff;

/** Fields that no rule of a protocol looks at: why something ended, and where it stands. */
const INDIFFERENT: ReadonlySet<string> = new Set(["why", "position", "positions"]);

/** Text that is equal exactly for values that no rule of the core tells apart. */
export function canonicalText(value: unknown): string {
  if (Array.isArray(value)) return `[${[...new Set(value.map(canonicalText))].sort().join()}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "-";
  const fields = Object.entries(value).filter(([name, field]) => field !== undefined && !INDIFFERENT.has(name));
  const texts = fields.map(([name, field]) => `${name}:${canonicalText(field)}`);
  return `{${texts.sort().join()}}`;
}

/** The value with every text that is a name in `names` replaced. */
export function renamed<T>(value: T, names: ReadonlyMap<string, string>): T {
  if (typeof value === "string") return (names.get(value) ?? value) as T;
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((element) => renamed(element, names)) as T;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, renamed(field, names)])) as T;
}

/** Gives values with an equal essence one small number. The first of them stands for all. */
export class Registry<T> {
  readonly #numbers = new Map<string, number>();
  readonly #values: T[] = [];
  readonly #essence: (value: T) => unknown;

  /** `essence` leaves out what cannot make a difference any more. */
  constructor(essence: (value: T) => unknown = (value) => value) {
    this.#essence = essence;
  }

  number(value: T): number {
    const text = canonicalText(this.#essence(value));
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    const number = this.#values.push(value) - 1;
    if (number > HIGHEST) throw new TooManyStates(HIGHEST, "states of single nodes");
    this.#numbers.set(text, number);
    return number;
  }

  value(number: number): T {
    return this.#values[number] as T;
  }
}
