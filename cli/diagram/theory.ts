/** What a transaction must cost, by the theory: messages between nodes and forced writes. */

import type { ProtocolName } from "../../actors/transaction.js";

export type Formula = { messages: number; forcedWrites: number; says: { messages: string; forcedWrites: string } };

/** Of n participants that write, beside a coordinator without data, `refusing` vote no. */
export function formulaOf(protocol: ProtocolName, n: number, refusing = 0): Formula {
  if (refusing > 0) {
    const says = { messages: "2n + yes", forcedWrites: "yes" };
    return { messages: 2 * n + (n - refusing), forcedWrites: n - refusing, says };
  }
  if (protocol === "3pc") {
    return { messages: 5 * n, forcedWrites: 3 * n + 2, says: { messages: "5n", forcedWrites: "3n+2" } };
  }
  return { messages: 4 * n, forcedWrites: 2 * n + 1, says: { messages: "4n", forcedWrites: "2n+1" } };
}
