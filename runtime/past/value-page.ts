/** A page of keys with what they held, as people see them. */

import { pathIn } from "../../actors/file.js";
import type { Key as CoreKey } from "../../actors/transaction.js";
import { checkPrefix } from "../keys.js";
import { checkLimit } from "../requests.js";
import { shownKey } from "../shown.js";
import { decodeValue } from "../validation.js";
import type { PastMoment, PastQuery, PastValue } from "./past-api.js";
import type { Known, Values } from "./values.js";

/** Keys in their order, those too that are not there at that step: they were before, or will be. */
export function pageOf(
  values: Pick<Values, "keys">,
  at: (key: CoreKey) => Known,
  { prefix, from, limit }: Omit<PastQuery, "step">,
): Pick<PastMoment, "values" | "next"> {
  const most = checkLimit(limit);
  const start = from === undefined ? undefined : checkPrefix(from);
  const found: PastValue[] = [];
  for (const key of values.keys(checkPrefix(prefix), start)) {
    if (found.length === most) return { values: found, next: shownKey(key) };
    found.push(contentOf(key, at(key)));
  }
  return { values: found };
}

function contentOf(key: CoreKey, known: Known): PastValue {
  const path = pathIn(key);
  const named = { key: path === undefined ? shownKey(key) : `file ${path}` };
  if (known === "unknown") return { ...named, state: "unknown" };
  if (known === undefined) return { ...named, state: "absent" };
  return { ...named, state: "present", value: decodeValue(known.value), version: known.version };
}
