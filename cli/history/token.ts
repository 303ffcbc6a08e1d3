/** Values as something that can be compared and looked up: equal values have equal tokens. */

/** A number stands for itself, everything else for its JSON with sorted names. */
export type Token = number | string;

/** What a read gives for a key that does not exist. Writing it is deleting. */
export const ABSENT: Token = "null";

export function token(value: unknown): Token {
  if (typeof value === "number") return value;
  if (value === undefined) return ABSENT;
  return JSON.stringify(value, sorted);
}

function sorted(_name: string, value: unknown): unknown {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
