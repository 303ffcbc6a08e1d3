/**
 * Anomalies that one read shows by itself: values nobody wrote, aborted, intermediate and contradictory reads, and lists
 * that disagree. A read that shows one is taken out of the operation, so that the rest can be judged without it.
 */

import type { Read } from "./effects.js";
import type { Key, Keys } from "./keys.js";
import type { Operation } from "./operations.js";
import { ABSENT, type Token } from "./token.js";
import { type Anomaly, type AnomalyName, anomaly } from "./verdict.js";

type Found = { name: AnomalyName; others: readonly Operation[] };

/** Finds them all, and settles the order of every list. */
export function directAnomalies(operations: readonly Operation[], keys: Keys): Anomaly[] {
  const anomalies: Anomaly[] = [];
  const lists = new Map<Key, Reading[]>();
  for (const reader of operations) {
    if (reader.contradicts !== undefined) anomalies.push(anomaly("internal", [reader]));
    for (const read of reader.reads) {
      const key = keys.get(read.key);
      if (key?.list) listed(lists, key).push({ reader, read });
      else if (key) report(anomalies, { reader, read }, wrongValue(key, read.value, reader));
    }
  }
  for (const [key, readings] of lists) settle(key, readings, anomalies);
  for (const operation of operations) if (operation.reads.includes(TAKEN_OUT)) strip(operation);
  return anomalies;
}

type Reading = { reader: Operation; read: Read };

/** Stands in place of a read that showed an anomaly, until all are found. */
const TAKEN_OUT: Read = { key: "", value: ABSENT };

function report(anomalies: Anomaly[], { reader, read }: Reading, found: Found | undefined): void {
  if (!found) return;
  anomalies.push(anomaly(found.name, [reader, ...found.others]));
  reader.reads[reader.reads.indexOf(read)] = TAKEN_OUT;
}

function listed(lists: Map<Key, Reading[]>, key: Key): Reading[] {
  const known = lists.get(key) ?? [];
  lists.set(key, known);
  return known;
}

function strip(operation: Operation): void {
  operation.reads = operation.reads.filter((read) => read !== TAKEN_OUT);
}

/** What is wrong with a value that was read, apart from when: nothing, if another transaction left it. */
function wrongValue(key: Key, value: Token, reader: Operation): Found | undefined {
  const writers = key.writers.get(value);
  if (value === ABSENT || writers?.some((writer) => writer !== reader)) return undefined;
  const passing = key.passing.get(value);
  const failed = key.failed.get(value);
  if (writers || passing === reader) return { name: "internal", others: [] };
  if (passing) return { name: "G1b", others: [passing] };
  return failed ? { name: "G1a", others: [failed] } : { name: "phantom value", others: [] };
}

function lastOf(writer: Operation, { name }: Key): Token | undefined {
  return writer.writes.find(({ key }) => key === name)?.values.at(-1);
}

/** The longest list without fault gives the order; every other is compared with it. */
function settle(key: Key, readings: Reading[], anomalies: Anomaly[]): void {
  for (const reading of readings.sort((a, b) => lengthOf(b) - lengthOf(a))) {
    const { elements = [] } = reading.read;
    const sound = key.longest !== undefined && elements.every((element, index) => key.order[index] === element);
    if (sound) report(anomalies, reading, ownFuture(key, reading) ?? intermediate(key, elements, reading.reader));
    else judge(key, reading, anomalies);
  }
}

function lengthOf({ read }: Reading): number {
  return read.elements?.length ?? 0;
}

/** A list that is not the beginning of the longest so far: what is wrong with it, or else it is the longest. */
function judge(key: Key, reading: Reading, anomalies: Anomaly[]): void {
  const { reader } = reading;
  const { elements = [] } = reading.read;
  const found = wrongList(key, elements, reader);
  if (found) report(anomalies, reading, found);
  else if (key.longest) report(anomalies, reading, { name: "incompatible order", others: [key.longest] });
  else {
    key.order = elements;
    key.longest = reader;
    report(anomalies, reading, intermediate(key, elements, reader));
  }
}

function wrongList(key: Key, elements: readonly Token[], reader: Operation): Found | undefined {
  const seen = new Map<Token, number>();
  for (const element of elements) {
    const times = (seen.get(element) ?? 0) + 1;
    seen.set(element, times);
    const writers = key.writers.get(element);
    const failed = key.failed.get(element);
    if (!writers) return failed ? { name: "G1a", others: [failed] } : { name: "phantom value", others: [] };
    if (times > writers.length) return { name: "duplicate element", others: writers };
    if (writers.every((writer) => writer === reader)) return { name: "internal", others: [] };
  }
  return disorder(key, elements);
}

/** Whether the list holds what the reader itself appended only later. */
function ownFuture(key: Key, { reader, read }: Reading): Found | undefined {
  const own = reader.writes.find((write) => write.key === key.name)?.values ?? [];
  const early = own.some((value) => read.elements?.includes(value) && key.writers.get(value)?.length === 1);
  return early ? { name: "internal", others: [] } : undefined;
}

/** Whether one transaction's appends stand in another order than it made them, or the first of them are missing. */
function disorder(key: Key, elements: readonly Token[]): Found | undefined {
  const places = new Map(elements.map((element, place) => [element, place]));
  for (const [place, element] of elements.entries()) {
    const writers = key.writers.get(element) ?? [];
    const values = writers[0]?.writes.find((write) => write.key === key.name)?.values ?? [];
    const before = values[values.indexOf(element) - 1];
    const wrong = before !== undefined && (places.get(before) ?? elements.length) > place;
    if (writers.length === 1 && wrong) return { name: "incompatible order", others: writers };
  }
  return undefined;
}

/** Whether the list ends amid the appends of another transaction. */
function intermediate(key: Key, elements: readonly Token[], reader: Operation): Found | undefined {
  const last = elements.at(-1);
  const writers = last === undefined ? undefined : key.writers.get(last);
  const cut = writers?.filter((writer) => writer !== reader && lastOf(writer, key) !== last) ?? [];
  return writers && cut.length === writers.length ? { name: "G1b", others: cut } : undefined;
}
