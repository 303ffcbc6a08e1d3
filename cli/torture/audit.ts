/** What must hold in the stores of a cluster that has stopped: one outcome for each transaction, and its effects everywhere. */

import { isEnd, type LogRecord } from "../../actors/record.js";
import { homeOf } from "../../actors/transaction.js";
import { bankViolations } from "./bank.js";
import type { End } from "./clerk.js";
import { RETAINED } from "./server.js";
import { list, readStores, type StoreContents, storeViolations } from "./stores.js";
import type { Transfers } from "./transfers.js";

/** Rows of the log go when nothing in them is alive, so some records stay a little longer than their time. */
const RECORDS_MOST = RETAINED * 1.2 + 2000;

/** Compares the stores with each other and with what clients were told. Each string is a broken promise. */
export function audit(data: string, told: ReadonlyMap<string, End>, transfers: Transfers): string[] {
  const stores = readStores(data);
  const replicas = stores.filter(({ replica }) => replica);
  return [
    ...storeViolations(stores),
    ...logViolations(stores, told),
    ...replicas.flatMap((replica) => [...transfers.violations(replica), ...bankViolations(replica)]),
  ];
}

/** Compares all logs with each other and with what clients were told. */
function logViolations(stores: readonly StoreContents[], told: ReadonlyMap<string, End>): string[] {
  const outcomes = new Map(told);
  const found: string[] = [];
  for (const { node, log } of stores) {
    for (const [txn, outcome] of endsOf(log)) {
      const known = outcomes.get(txn);
      if (known === undefined) outcomes.set(txn, outcome);
      else if (known !== outcome)
        found.push(`${txn} is ${outcome} at ${node}, but ${known} elsewhere or to its client`);
    }
    if (log.length > RECORDS_MOST) found.push(`the log of ${node} has ${log.length} records, at most ${RECORDS_MOST}`);
  }
  const committed = [...told].filter(([, end]) => end === "committed").map(([txn]) => txn);
  return [...found, ...missing(stores, committed)];
}

/**
 * Every acknowledged commit is in the log of every replica, or too old to be remembered there. So it is in that of its
 * coordinator, unless it was a three-phase commit: then another one may have led.
 */
function missing(stores: readonly StoreContents[], committed: readonly string[]): string[] {
  const coordinators = stores.filter(({ replica }) => !replica).map(({ node }) => node);
  const anybodys = new Set(stores.flatMap(({ log }) => log.flatMap(threePhase)));
  return stores.flatMap(({ node, replica, log }) => {
    const isDue = (txn: string) => replica || (!anybodys.has(txn) && homeOf(txn, coordinators) === node);
    const ends = endsOf(log);
    const horizon = log.reduce((last, record) => (record.kind === "forgotten" ? record.horizon.ordered : last), "");
    const due = committed.filter((txn) => txn > horizon && isDue(txn));
    const lost = due.filter((txn) => !ends.has(txn));
    return lost.length > 0 ? [`${node} has no record of committed ${list(lost)}`] : [];
  });
}

function threePhase(record: LogRecord): string[] {
  return record.kind === "concluded" && record.membership ? [record.txn] : [];
}

function endsOf(log: readonly LogRecord[]): Map<string, End> {
  const ends = new Map<string, End>();
  for (const record of log) {
    if (isEnd(record)) ends.set(record.txn, record.outcome);
  }
  return ends;
}
