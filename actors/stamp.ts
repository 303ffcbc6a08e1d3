/** Instants in operations are those of the coordinator's clock, so that they are the same at all replicas. */

import { dated, isUndated } from "./file.js";
import type { Millis, Operation } from "./transaction.js";

/** Whether an instant belongs to it that it does not name. */
export function isTimed(operation: Operation): boolean {
  return operation.op === "put" && (operation.ttlMs !== undefined || isUndated(operation));
}

/** The operations with the instants at which what they put expires, or at which a file was written. */
export function stamped(operations: readonly Operation[], now: Millis): Operation[] {
  return operations.map((operation) => {
    if (operation.op !== "put" || !isTimed(operation)) return operation;
    if (operation.ttlMs === undefined) return dated(operation, now);
    return { ...operation, expiresAt: Math.ceil(now + operation.ttlMs) };
  });
}
