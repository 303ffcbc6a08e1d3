/** Strict serializability of a run whose version order is known: dependencies and real time must have no cycle (Adya). */

import type { Key, TxnId } from "../../actors/transaction.js";
import type { Evidence } from "./evidence.js";
import type { History, Reading, Transaction } from "./history.js";

/** A committed transaction or a linearizable reading, with whose writes it found. */
export type Act = {
  name: string;
  deed: Transaction | Reading;
  found: ReadonlyMap<Key, TxnId>;
  written: readonly Key[];
  began: number;
  ended: number | undefined;
};

/** All that committed, in one order that explains everything; or why there is none. */
export function serialOrder(history: History, evidence: Evidence): Act[] | { cycle: string } {
  const acts = actsOf(history, evidence);
  const after = successors(acts);
  const before = new Map(acts.map((act) => [act, 0]));
  for (const next of after.values()) for (const act of next) before.set(act, (before.get(act) ?? 0) + 1);
  const ready = acts.filter((act) => before.get(act) === 0);
  const order: Act[] = [];
  for (let act = ready.shift(); act; act = ready.shift()) {
    order.push(act);
    for (const next of after.get(act) ?? []) {
      const left = (before.get(next) ?? 0) - 1;
      before.set(next, left);
      if (left === 0) ready.push(next);
    }
  }
  if (order.length === acts.length) return order;
  return { cycle: cycleAmong(new Set(acts.filter((act) => !order.includes(act))), after) };
}

function actsOf(history: History, evidence: Evidence): Act[] {
  const acts: Act[] = [];
  for (const deed of history.transactions.values()) {
    const found = evidence.found(deed.txn);
    if (!found || !evidence.committed(deed.txn)) continue;
    const written = evidence.writesOf(deed.txn).map(({ key }) => key);
    acts.push({ name: deed.txn, deed, found, written, began: deed.began, ended: deed.ended });
  }
  for (const [index, deed] of history.readings.entries()) {
    const found = evidence.read(deed);
    if (deed.consistency !== "linearizable" || !found) continue;
    acts.push({ name: `read ${index + 1}`, deed, found, written: [], began: deed.began, ended: deed.ended });
  }
  return acts;
}

/** Who must come later than whom: because of what was written, because of what was found, and because of the time. */
function successors(acts: readonly Act[]): Map<Act, Set<Act>> {
  const byName = new Map(acts.map((act) => [act.name, act]));
  const overwriters = overwritersOf(acts);
  const after = new Map(acts.map((act) => [act, new Set<Act>()]));
  const add = (earlier: Act | undefined, later: Act) => earlier && earlier !== later && after.get(earlier)?.add(later);
  for (const act of acts) {
    for (const [key, writer] of act.found) {
      add(byName.get(writer), act);
      for (const next of overwriters.get(`${key}@${writer}`) ?? []) add(act, next);
    }
    for (const later of acts) if ((act.ended ?? Number.POSITIVE_INFINITY) < later.began) add(act, later);
  }
  return after;
}

/** By a key and who wrote it: those that wrote it next. */
function overwritersOf(acts: readonly Act[]): Map<string, Act[]> {
  const found = new Map<string, Act[]>();
  for (const act of acts) {
    for (const key of act.written) {
      const version = `${key}@${act.found.get(key)}`;
      found.set(version, [...(found.get(version) ?? []), act]);
    }
  }
  return found;
}

/** Every one of these lies on a cycle or behind one: follow any edge until somebody comes twice. */
function cycleAmong(left: ReadonlySet<Act>, after: ReadonlyMap<Act, ReadonlySet<Act>>): string {
  const before = new Map<Act, Act>();
  for (const act of left) for (const next of after.get(act) ?? []) if (left.has(next)) before.set(next, act);
  const path: Act[] = [];
  const [first] = left;
  let act = first;
  while (act && !path.includes(act)) {
    path.unshift(act);
    act = before.get(act);
  }
  const end = act ? path.indexOf(act) : 0;
  return [...path.slice(0, end + 1), path[0]].map((on) => on?.name).join(" < ");
}
