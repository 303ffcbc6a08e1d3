/** Judges a part of a history that shares no key with the rest, by the method that fits it. */

import { type Cycle, findCycles } from "./cycles.js";
import { addDependencies } from "./dependencies.js";
import { cycleAnomalies, foundationOf } from "./explain.js";
import { Graph } from "./graph.js";
import { isTraceable, type Keys } from "./keys.js";
import type { Operation } from "./operations.js";
import { saturate } from "./saturate.js";
import { findSerialOrder } from "./search.js";
import { restricted, shrink } from "./shrink.js";
import { ABSENT } from "./token.js";
import { type Anomaly, type AnomalyName, anomaly } from "./verdict.js";
import { hasWitness } from "./witness.js";
import { findConflict } from "./zones.js";

/** No anomalies: there is a serial order, if it is exact; otherwise nobody knows. */
export type Judgement = { anomalies: Anomaly[]; exact: boolean };

export function judge(part: readonly Operation[], keys: Keys): Judgement {
  if (!isRegister(part, keys)) return judgeByDependencies(part, keys) ?? judgeBySearch(part, keys);
  const read = part.flatMap(({ reads }) => reads.map(({ value }) => value));
  const [key] = [...part.flatMap(({ reads, writes }) => [...reads, ...writes])].map((step) => keys.get(step.key));
  if (!key || !isTraceable(key, read)) return judgeRegister(part, keys);
  const conflict = findConflict(part);
  return { anomalies: conflict ? [smallestFailing(conflict, keys)] : [], exact: true };
}

/** Single reads and writes of one key that is no list. */
function isRegister(part: readonly Operation[], keys: Keys): boolean {
  const [first] = part.flatMap(({ reads, writes }) => [...reads, ...writes]);
  if (!first || keys.get(first.key)?.list) return false;
  return part.every(({ reads, writes }) => reads.length + writes.length === 1);
}

/** The search finds the smallest failure of a register; where it would take too long, dependencies may still tell. */
function judgeRegister(part: readonly Operation[], keys: Keys): Judgement {
  const found = judgeBySearch(part, keys);
  return found.exact ? found : (judgeByDependencies(part, keys) ?? found);
}

/** Nothing if the dependencies leave open whether there is a serial order. */
function judgeByDependencies(part: readonly Operation[], keys: Keys): Judgement | undefined {
  const { graph, cycles } = cyclesOf(part, keys);
  if (cycles.length > 0) return { anomalies: cycles.flatMap((cycle) => explained(graph, keys, cycle)), exact: true };
  return followsFromReads(part, keys) || hasWitness(graph, keys) ? { anomalies: [], exact: true } : undefined;
}

function cyclesOf(part: readonly Operation[], keys: Keys): { graph: Graph; cycles: Cycle[] } {
  const graph = new Graph(part);
  const { traced, writers } = addDependencies(graph, keys);
  saturate(graph, traced, writers);
  return { graph, cycles: findCycles(graph) };
}

/** Lists with unique elements show all dependencies: any order of the graph without cycles is a serial order. */
function followsFromReads(part: readonly Operation[], keys: Keys): boolean {
  const names = new Set(part.flatMap(({ reads, writes }) => [...reads, ...writes].map(({ key }) => key)));
  return [...names].every((name) => {
    const key = keys.get(name);
    return key?.list && isTraceable(key, []);
  });
}

/** An inferred cycle is looked for again in the smallest part that still fails, where every inference can be seen. */
function explained(graph: Graph, keys: Keys, cycle: Cycle): Anomaly[] {
  if (cycle.links.every((link) => link.kind === "realtime" || !link.because)) {
    return cycleAnomalies(graph, keys, cycle, []);
  }
  const foundation = foundationOf(graph, cycle.links);
  if (!fails(foundation, keys)) return cycleAnomalies(graph, keys, cycle, foundation);
  const small = restricted(
    shrink(foundation, (part) => fails(part, keys)),
    keys,
  );
  const again = cyclesOf(small.part, small.keys);
  if (again.cycles.length === 0) return [anomaly(cycle.name, small.part)];
  return again.cycles.flatMap((found) => cycleAnomalies(again.graph, small.keys, found, small.part));
}

function fails(part: readonly Operation[], keys: Keys): boolean {
  const small = restricted(part, keys);
  return findSerialOrder(small.part, small.keys).serial === false;
}

function judgeBySearch(part: readonly Operation[], keys: Keys): Judgement {
  const found = findSerialOrder(part, keys);
  if (found.serial !== false) return { anomalies: [], exact: found.serial === true };
  const { failedAt } = found;
  // What began after the failure has no part in it, unless the failed read is of a value from the future.
  const until = part.filter(({ invoked }) => invoked < failedAt.ended);
  return { anomalies: [smallestFailing(fails(until, keys) ? until : part, keys)], exact: true };
}

function smallestFailing(part: readonly Operation[], keys: Keys): Anomaly {
  const small = shrink(part, (some) => fails(some, keys));
  return anomaly(nameOf(small, keys), small);
}

function nameOf(small: readonly Operation[], keys: Keys): AnomalyName {
  if (!isRegister(small, keys)) return "not strictly serializable";
  const reads = small.flatMap(({ reads, ended }) => reads.map(({ key, value }) => ({ key, value, ended })));
  const early = reads.some(({ key, value, ended }) => {
    const writers = keys.get(key)?.writers.get(value) ?? [];
    return value !== ABSENT && writers.every(({ invoked }) => invoked > ended);
  });
  return early ? "future read" : "stale read";
}
