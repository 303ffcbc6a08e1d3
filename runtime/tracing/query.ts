/** Which traced transactions are asked for. */

import { AyesError, explain } from "../errors.js";
import { describe } from "../json-shape.js";
import type { TraceQuery, TraceSummary } from "../tracing-api.js";
import { requireFields, requireObject } from "../validation.js";

type Asked = TraceQuery & { limit: number };

const TEXTS = ["id", "key", "node", "reason"] as const;
const NUMBERS = ["limit", "olderThanMs"] as const;
const OUTCOMES: readonly unknown[] = ["committed", "aborted", "undecided"];
const LIMIT = 100;
const LIMIT_MOST = 5000;

/** Throws `invalid` for anything else. */
export function checkTraceQuery(query: unknown): Asked {
  const asked = requireObject(query, "the query");
  requireFields(asked, [...TEXTS, ...NUMBERS, "outcome"], "the query");
  for (const name of TEXTS) require(asked[name], typeof asked[name] === "string", `${name} must be a text`);
  for (const name of NUMBERS) {
    const most = name === "limit" ? LIMIT_MOST : Number.MAX_SAFE_INTEGER;
    const value = asked[name];
    require(value, Number.isInteger(value) &&
      Number(value) >= 0 &&
      Number(value) <= most, `${name} must be a whole number, at most ${most}`);
  }
  require(asked.outcome, OUTCOMES.includes(asked.outcome), `outcome must be ${OUTCOMES.join(", ")}`);
  return { limit: LIMIT, ...asked } as Asked;
}

function require(value: unknown, isFine: boolean, rule: string): void {
  if (value !== undefined && !isFine) throw new AyesError("invalid", `${rule}, not ${describe(value)}`);
}

export function isMeant(summary: TraceSummary, asked: TraceQuery, now: number): boolean {
  const { id, key, node, outcome, reason, olderThanMs } = asked;
  const names = [
    ...summary.keys.map((one) => (typeof one === "string" ? one : JSON.stringify(one))),
    ...(summary.files ?? []),
  ];
  return (
    (id === undefined || summary.txn.includes(id)) &&
    (key === undefined || names.some((name) => name.includes(key))) &&
    (node === undefined || summary.nodes.includes(node)) &&
    (outcome === undefined || summary.outcome === outcome) &&
    (reason === undefined ||
      (summary.why !== undefined && `${summary.why.code} ${explain(summary.why)}`.includes(reason))) &&
    (olderThanMs === undefined || now - summary.startedAt > olderThanMs)
  );
}
