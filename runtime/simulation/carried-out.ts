/** What a committed transaction came to, as far as replicas alone could know: when what it put expires, and what was due. */

import { expiryIn, expiryKey, isExpiry } from "../../actors/expiry.js";
import type { Operation, Write } from "../../actors/transaction.js";

/**
 * The operations with the instants that were promised. Without the expiries of what had expired before: where those stand
 * among others, nothing says.
 */
export function carriedOut(operations: readonly Operation[], writes: readonly Write[]): Operation[] {
  const rows = new Set(writes.flatMap(({ key }) => (isExpiry(key) ? [key] : [])));
  const instants = new Map([...rows].map(expiryIn).map(({ key, at }) => [key, at]));
  return operations.flatMap((operation): Operation[] => {
    if (operation.op === "expire") return rows.has(expiryKey(operation.at, operation.key)) ? [operation] : [];
    const expiresAt = operation.op === "put" ? instants.get(operation.key) : undefined;
    return operation.op === "put" && expiresAt !== undefined ? [{ ...operation, expiresAt }] : [operation];
  });
}
