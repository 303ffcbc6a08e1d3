/** What a cluster should be like: transactions one after the other on one map. The specification that runs are held to. */

import type { Check, Key, Operation, Stored, TxnId } from "../../actors/transaction.js";
import { addTo, sameValue } from "../../actors/value.js";

export class Model {
  readonly data = new Map<Key, Stored>();

  /** Does a transaction that is said to have committed. Returns why it could not have. */
  perform(txn: TxnId, operations: readonly Operation[], checks: readonly Check[]): string[] {
    const failed = checks
      .filter((check) => !this.#holds(check))
      .map(({ key, is }) => `${txn} needed that ${key} ${is}`);
    return [...failed, ...operations.flatMap((operation) => this.#apply(txn, operation))];
  }

  #holds(check: Check): boolean {
    const stored = this.data.get(check.key);
    switch (check.is) {
      case "exists":
        return stored !== undefined;
      case "absent":
        return stored === undefined;
      case "equals":
        return stored !== undefined && sameValue(stored.value, check.value);
      case "version":
        return stored?.version === check.version;
    }
  }

  #apply(txn: TxnId, operation: Operation): string[] {
    const { key } = operation;
    switch (operation.op) {
      case "put":
        this.data.set(key, { value: operation.value, version: txn });
        return [];
      case "del":
        this.data.delete(key);
        return [];
      case "add": {
        const sum = addTo(this.data.get(key)?.value, operation.delta);
        if (typeof sum !== "string") return [`${txn} added to ${key}, which was no number`];
        this.data.set(key, { value: sum, version: txn });
        return [];
      }
    }
  }
}
