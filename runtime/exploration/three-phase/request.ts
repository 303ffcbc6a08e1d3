/** The one transaction that is explored, and what its client says. */

import type { NodeId } from "../../../actors/transaction.js";
import type { Cell, Happening } from "../actor.js";
import { CLIENT, letter } from "../cast.js";

export const TXN = "t1";
/** What the transaction writes. */
export const KEY = "a";
/** A process that has this key votes no. */
export const VETO = "veto";
export const CELL: Cell = { key: VETO, value: "1", version: "t0" };

export function begin(target: NodeId): Happening {
  return letter(CLIENT, target, {
    kind: "begin",
    request: 1,
    txn: TXN,
    protocol: "3pc",
    operations: [{ op: "put", key: KEY, value: "1" }],
    checks: [{ key: VETO, is: "absent" }],
    deadlineMs: 0,
  });
}

/** Rules it out where nobody has heard of it. */
export function settle(target: NodeId): Happening {
  return letter(CLIENT, target, { kind: "ask", request: 2, txn: TXN, protocol: "3pc", settle: true });
}
