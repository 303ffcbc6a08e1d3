/** Each anomaly by its name, on the smallest history that has it, beside the history without it. */

import t from "tap";
import { checkHistory } from "../../cli/history/check.js";
import type { HistoryEvent, Micro } from "../../cli/history/history.js";
import { CASES } from "./anomalies.js";
import { goodHistory, timeline } from "./histories.js";
import { a, r } from "./spans.js";

for (const [title, { wrong, right, names, lines }] of Object.entries(CASES)) {
  t.test(title, async (t) => {
    const verdict = checkHistory(timeline(wrong));
    t.equal(verdict.valid, false);
    t.same(
      verdict.anomalies.map(({ name }) => name),
      names,
    );
    const [first] = verdict.anomalies;
    if (lines !== undefined) t.equal(first?.operations.length, lines);
    t.same(brokenLinks(first?.cycle ?? []), [], "each edge goes on where the last one ended");
    t.match(checkHistory(timeline(right)), { valid: true, exact: true, anomalies: [] });
  });
  t.test(`${title}, within a longer good history`, async (t) => {
    const good = goodHistory(title.length, { operations: 300, processes: 4, keys: 3, draw: anything });
    const last = good.at(-1)?.time ?? 0;
    const planted = timeline(wrong).map(
      (event): HistoryEvent => ({ ...event, process: event.process + 100, time: event.time + last }),
    );
    t.ok(checkHistory(good).valid);
    const verdict = checkHistory([...good, ...planted]);
    t.same(
      verdict.anomalies.map(({ name }) => name),
      names,
    );
    const shown = verdict.anomalies.flatMap(({ operations }) => operations);
    t.ok(
      shown.every(({ process }) => process >= 100),
      "only what was planted is shown",
    );
  });
}

/** Lists and registers, alone and in transactions, none of them on the keys of the cases. */
function anything(dice: { chance(share: number): boolean }, key: () => string, unique: () => number) {
  if (dice.chance(0.3)) return { f: "put", key: key(), value: unique() } as const;
  if (dice.chance(0.3)) return { f: "get", key: key() } as const;
  const list = `list-${key()}`;
  const step: Micro = dice.chance(0.5) ? a(list, unique()) : r(list, null);
  return { f: "txn", value: [step, r(key(), null), a(`list-${key()}`, unique())] } as const;
}

function brokenLinks(cycle: readonly { source: number; target: number }[]): unknown[] {
  return cycle.filter(({ target }, index) => target !== cycle[(index + 1) % cycle.length]?.source);
}
