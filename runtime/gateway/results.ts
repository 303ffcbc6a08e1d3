/** What the gateway makes of the answers of nodes: results, outcomes and reads as the API promises them. */

import { setImmediate } from "node:timers/promises";
import type { OutcomeReport, Page, Values } from "../../actors/message.js";
import type { NodeId, Position, Standing, Stored, TxnId } from "../../actors/transaction.js";
import type { OutcomeAnswer, Result } from "../api.js";
import { AyesError, asAyesError, ERRORS } from "../errors.js";
import { shownSubject, shownWhy } from "../shown.js";
import { positionText } from "../watching/position.js";

export type ReadAnswer = {
  values: (Stored | undefined)[];
  pages: Page[];
  replica: NodeId;
  waited: boolean;
  position: Position;
};

/**
 * Whoever tries again at once, for as long as it takes, must not keep this program from hearing that a node is back: no
 * refusal comes before the event loop has gone round.
 */
export async function notBegun(txn: TxnId, code: "overloaded" | "unavailable", node?: NodeId): Promise<Result> {
  await setImmediate();
  const down = node === undefined ? {} : { node, detail: `its coordinator ${node} is down` };
  return { outcome: "unknown", txn, why: { code, ...down } };
}

/** What was not begun under an id that nobody has used before will never happen. */
export function ofFreshId(result: Result): Result {
  const refused = result.outcome === "unknown" && ERRORS[result.why.code].class === "refused";
  return refused ? { ...result, outcome: "aborted" } : result;
}

/** Rejects a little later, for the same reason. */
export async function refuse(error: unknown): Promise<never> {
  await setImmediate();
  throw error;
}

/** Where it stands, if it committed and wrote anything. */
export function positionOf({ standing }: OutcomeReport): Position {
  return standing.state === "committed" ? (standing.position ?? 0) : 0;
}

/** Undefined while it is undecided. */
export function resultOf(txn: TxnId, report: OutcomeReport, cluster: string): Result | undefined {
  const { standing, refused } = report;
  const position = positionOf(report);
  if (refused?.code === "id-reused") return { outcome: "aborted", txn, why: shownWhy(refused) };
  switch (standing.state) {
    case "committed":
      return { outcome: "committed", txn, ...(position > 0 && { position: positionText(cluster, position) }) };
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

/** Throws what a replica says instead of an answer. */
export function readOf(
  { values, pages, waited, position, blocked, changed }: Omit<Values, "kind" | "request">,
  replica: NodeId,
): ReadAnswer {
  if (values) return { values, pages: pages ?? [], replica, waited, position };
  if (changed) {
    const { code, detail, ...about } = shownWhy({ code: "check-failed", node: replica, ...changed });
    throw new AyesError(code, detail, about);
  }
  const about = blocked ? { ...shownSubject(blocked.key), winner: blocked.txn } : {};
  throw new AyesError("blocked", undefined, { node: replica, ...about });
}

/** Nobody else can say what became of a transaction. */
export function isDown(node: NodeId): AyesError {
  return new AyesError("unavailable", `its coordinator ${node} is down`, { node });
}

/**
 * Whoever sends a transaction again under its id may have let go of the contents of its files: it may have run, and then
 * this is what it came to.
 */
export async function orEarlier(run: () => Promise<Result>, earlier: () => Promise<OutcomeAnswer>): Promise<Result> {
  try {
    return await run();
  } catch (error) {
    if (asAyesError(error).code !== "no-content") throw error;
    return resultOfEarlier(await earlier(), error);
  }
}

function resultOfEarlier(answer: OutcomeAnswer, otherwise: unknown): Result {
  const { txn } = answer;
  switch (answer.outcome) {
    case "committed":
      return { outcome: "committed", txn };
    case "aborted":
      return { outcome: "aborted", txn, why: answer.why };
    case "not-found":
      throw otherwise;
    default:
      return { outcome: "unknown", txn, why: { code: answer.outcome === "expired" ? "expired" : "blocked" } };
  }
}
