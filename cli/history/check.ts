/** Decides whether a recorded history is strictly serializable, and shows the smallest part of it that is not. */

import { Problem } from "../language/problem.js";
import { components } from "./components.js";
import { directAnomalies } from "./direct.js";
import type { HistoryEvent } from "./history.js";
import { judge } from "./judge.js";
import { keysOf, withoutUnseen } from "./keys.js";
import { operationsOf } from "./operations.js";
import { smallest, type Verdict } from "./verdict.js";

/** Throws a `Problem`, which names the line, on events that are no history. Lines are counted from 1. */
export function checkHistory(events: readonly HistoryEvent[]): Verdict {
  const start = performance.now();
  if (events.length === 0) throw new Problem("the history is empty");
  const operations = operationsOf(events);
  const keys = keysOf(operations);
  const anomalies = directAnomalies(operations, keys);
  let exact = true;
  for (const part of components(withoutUnseen(operations, keys))) {
    const judgement = judge(part, keys);
    anomalies.push(...judgement.anomalies);
    exact &&= judgement.exact;
  }
  const valid = anomalies.length === 0;
  return {
    valid,
    anomalies: smallest(anomalies),
    operations: operations.length,
    keys: keys.size,
    processes: new Set(operations.map(({ process }) => process)).size,
    seconds: Math.round(performance.now() - start) / 1000,
    exact: exact || !valid,
  };
}
