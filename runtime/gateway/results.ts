/** What the gateway makes of the answers of nodes: results, outcomes and reads as the API promises them. */

import type { OutcomeReport, Page, Values } from "../../actors/message.js";
import type { NodeId, Standing, Stored, TxnId } from "../../actors/transaction.js";
import type { OutcomeAnswer, Result } from "../api.js";
import { AyesError, ERRORS } from "../errors.js";
import { shownKey, shownWhy } from "../shown.js";

export type ReadAnswer = { values: (Stored | undefined)[]; pages: Page[]; replica: NodeId; waited: boolean };

export function notBegun(txn: TxnId, code: "overloaded" | "unavailable", node?: NodeId): Result {
  const down = node === undefined ? {} : { node, detail: `its coordinator ${node} is down` };
  return { outcome: "unknown", txn, why: { code, ...down } };
}

/** What was not begun under an id that nobody has used before will never happen. */
export function ofFreshId(result: Result): Result {
  const refused = result.outcome === "unknown" && ERRORS[result.why.code].class === "refused";
  return refused ? { ...result, outcome: "aborted" } : result;
}

/** Undefined while it is undecided. */
export function resultOf(txn: TxnId, { standing, refused }: OutcomeReport): Result | undefined {
  if (refused?.code === "id-reused") return { outcome: "aborted", txn, why: shownWhy(refused) };
  switch (standing.state) {
    case "committed":
      return { outcome: "committed", txn };
    case "aborted":
      return { outcome: "aborted", txn, why: shownWhy(standing.why) };
    case "expired":
    case "unseen":
      return { outcome: "unknown", txn, why: refused ? shownWhy(refused) : { code: "expired" } };
    case "undecided":
      return undefined;
  }
}

export function answerOf(txn: TxnId, standing: Standing): OutcomeAnswer {
  if (standing.state === "aborted") return { outcome: "aborted", txn, why: shownWhy(standing.why) };
  return { outcome: standing.state === "unseen" ? "not-found" : standing.state, txn };
}

export function settleRead(
  { values, pages = [], waited, blocked, changed }: Values,
  replica: NodeId,
  resolve: (answer: ReadAnswer) => void,
  reject: (error: unknown) => void,
): void {
  if (values) return resolve({ values, pages, replica, waited });
  if (changed) {
    const { code, detail, ...about } = shownWhy({ code: "check-failed", node: replica, ...changed });
    return reject(new AyesError(code, detail, about));
  }
  const about = blocked ? { key: shownKey(blocked.key), winner: blocked.txn } : {};
  reject(new AyesError("blocked", undefined, { node: replica, ...about }));
}
