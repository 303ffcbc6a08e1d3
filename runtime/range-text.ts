/** Ranges in words. */

import { afterKey, prefixRange } from "../actors/range.js";
import type { Range } from "./api.js";
import { COMPOSITE_MARK, decodeComposite, encodeComposite, type Key } from "./composite.js";

/** Which keys are in a range: as a person would ask for them, if that can be told from its bounds. */
export function rangeText({ start, end }: Range): string {
  if (start === undefined && end === undefined) return "all keys";
  if (start !== undefined && end !== undefined && end === endAfterAll(start))
    return `keys that begin with ${named(start)}`;
  const from = start === undefined ? [] : [startText(start)];
  const to = end === undefined ? [] : [endText(end)];
  return ["keys", ...from, ...to].join(" ");
}

function startText(start: Key): string {
  const key = justBefore(start);
  return key === undefined ? `from ${named(start)}` : `after ${named(key)}`;
}

function endText(end: Key): string {
  const last = justBefore(end);
  if (last !== undefined) return `through ${named(last)}`;
  const parts = partsAllBefore(end);
  return parts === undefined ? `before ${named(end)}` : `through all that begin with ${named(parts)}`;
}

function endAfterAll(prefix: Key): string | undefined {
  return prefixRange(typeof prefix === "string" ? prefix : encodeComposite(prefix)).end;
}

/** The key that a bound comes right after, if it does. */
function justBefore(bound: Key): Key | undefined {
  if (typeof bound !== "string") return undefined;
  const key = bound.slice(0, -1);
  if (bound !== afterKey(key)) return undefined;
  return key.startsWith(COMPOSITE_MARK) ? decodeComposite(key) : key;
}

/** The parts that a bound comes right after all keys with, if it does. */
function partsAllBefore(bound: Key): Key | undefined {
  if (typeof bound !== "string" || !bound.startsWith(COMPOSITE_MARK)) return undefined;
  const last = bound.charCodeAt(bound.length - 1);
  return decodeComposite(bound.slice(0, -1) + String.fromCharCode(last - 1));
}

function named(key: Key): string {
  return JSON.stringify(key);
}
