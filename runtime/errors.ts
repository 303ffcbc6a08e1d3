/** The error table: what a caller may conclude from each code, and what to do next. HTTP and exit codes come from here. */

import type { Why as CoreWhy } from "../actors/transaction.js";
import type { Range } from "./api.js";
import type { Key } from "./composite.js";
import { rangeText } from "./range-text.js";

/**
 * Refused: it did not and will not happen. Unknown: it may have happened, ask by id.
 * Broken: an assumption failed and a node stopped.
 */
export type ErrorClass = "refused" | "unknown" | "broken";

type Row = { class: ErrorClass; http: number; exit: number; says: string; next: string };

const EXIT = { aborted: 1, usage: 2, unreachable: 3, unknown: 4 } as const;

function refused(http: number, exit: number, says: string, next: string): Row {
  return { class: "refused", http, exit, says, next };
}

function unknown(http: number, says: string, next: string): Row {
  return { class: "unknown", http, exit: EXIT.unknown, says, next };
}

function broken(says: string, next: string): Row {
  return { class: "broken", http: 503, exit: EXIT.unreachable, says, next };
}

const MEND = "`ayes repair NODE` heals a replica; a coordinator's folder must come from a backup";

export const ERRORS = {
  // The transaction was aborted: nothing of it took effect.
  conflict: refused(409, EXIT.aborted, "another transaction holds a key", "try again after the winner has ended"),
  "check-failed": refused(
    409,
    EXIT.aborted,
    "what was read or required does not hold",
    "start again: read, then decide what to write",
  ),
  constraint: refused(
    409,
    EXIT.aborted,
    "a constraint of the cluster would not hold",
    "write what it demands, or change it: `ayes constraint list` shows all",
  ),
  "not-a-number": refused(
    409,
    EXIT.aborted,
    "add needs a number, and the key holds something else",
    "put a number first, or use another key",
  ),
  "out-of-range": refused(409, EXIT.aborted, "the sum cannot be held exactly", "keep sums within 2^53"),
  vetoed: refused(
    409,
    EXIT.aborted,
    "a validator voted no",
    "write what it lets pass, or change it: `ayes validator NODE` shows it",
  ),
  "id-reused": refused(409, EXIT.aborted, "this id belongs to another transaction", "use a new id"),
  repeated: refused(409, EXIT.aborted, "this id was voted on before and did not commit", "use a new id"),
  abandoned: refused(
    409,
    EXIT.aborted,
    "the transaction was given up before it was decided",
    "try again with a new id",
  ),
  "disk-full": refused(
    503,
    EXIT.aborted,
    "a disk is full, so the cluster only reads",
    "free some space: writes resume by themselves",
  ),
  "no-content": refused(409, EXIT.aborted, "the bytes of a file are no longer with all replicas", "send them again"),
  "path-taken": refused(
    409,
    EXIT.aborted,
    "a file stands where another one has its folder",
    "choose another path, or delete what is there in the same transaction",
  ),
  unavailable: refused(
    503,
    EXIT.aborted,
    "a node that must take part is down",
    "see `ayes status`; try again when it is up",
  ),
  "not-leader": refused(503, EXIT.aborted, "another node leads", "ask the one that leads; see `ayes status`"),
  overloaded: refused(503, EXIT.aborted, "too many requests are under way", "wait a moment and try again"),
  // The request was refused before it became a transaction.
  invalid: refused(400, EXIT.usage, "the request is not valid", "correct it"),
  "too-large": refused(413, EXIT.usage, "the request is over a limit", "make it smaller, or split it"),
  "no-such-node": refused(404, EXIT.usage, "there is no such node", "see `ayes status` for their names"),
  "not-found": refused(404, EXIT.aborted, "it does not exist", "check the name"),
  "not-waiting": refused(
    409,
    EXIT.aborted,
    "it does not wait, or not for this",
    "see what waits: `ayes ballots`, `ayes step list`",
  ),
  contradicted: refused(409, EXIT.aborted, "it could contradict a log that can be read", "see `ayes doubt`"),
  "no-chaos": refused(404, EXIT.usage, "faults are not allowed here", "start the cluster with --chaos"),
  closed: refused(503, EXIT.unreachable, "the cluster is closed", "open or connect again"),
  "watch-too-old": refused(
    410,
    EXIT.aborted,
    "changes since this position are not kept any more",
    "read again, then watch from the position of that read",
  ),
  // The cluster could not be opened or reached.
  "no-cluster": refused(503, EXIT.unreachable, "no cluster answers there", "start one with `ayes up`, or name its URL"),
  "in-use": refused(
    503,
    EXIT.unreachable,
    "the data folder is in use by a running cluster",
    "connect to it, or stop it first",
  ),
  "not-writable": refused(
    503,
    EXIT.unreachable,
    "the data folder cannot be written",
    "check its owner and rights, or name another one",
  ),
  "wrong-cluster": refused(
    503,
    EXIT.usage,
    "the data folder holds a cluster of another shape",
    "open it with the options it was made with, or name another folder",
  ),
  "port-taken": refused(503, EXIT.unreachable, "the port is taken", "choose another with --port, or 0 for a free one"),
  // It may have happened.
  timeout: unknown(504, "no answer in time", "ask for the outcome by its id"),
  blocked: unknown(504, "an undecided transaction holds the key", "ask again when it is decided; see `ayes status`"),
  "gateway-lost": unknown(504, "the connection was lost before the answer", "ask for the outcome by its id"),
  expired: unknown(
    504,
    "the id is too old to be remembered: it may have committed or aborted",
    "look at the data; use a new id",
  ),
  // An assumption failed: the node stopped rather than go on.
  assertion: broken("a node stopped: an assumption of the protocol failed", "keep its log and report this"),
  "corrupt-log": broken("a record of the log is damaged", MEND),
  "corrupt-data": broken("a stored value is damaged", MEND),
  "storage-failed": broken("the disk refused to read or write", "check the disk"),
  fenced: broken("another incarnation opened the store", "only one may run"),
  "no-store": broken("the store of a node is missing", `put its folder back; ${MEND}`),
  "empty-store": broken("the store of a node held data and is empty", `put its data back; ${MEND}`),
  "stale-store": broken("the store of a node is an older copy", `restore the newer one; ${MEND}`),
  "foreign-store": broken("the store belongs to another node or cluster", `put the right folder back; ${MEND}`),
  "damaged-store": broken("a file of the store is damaged", MEND),
  "other-version": broken("the store was written by another version", "use that version"),
} as const satisfies Record<string, Row>;

export type ErrorCode = keyof typeof ERRORS;

/** Why something did not happen, or may not have. */
export type Why = Omit<CoreWhy, "code" | "key" | "range"> & { code: ErrorCode; key?: Key; range?: Range };

/**
 * What every rejected promise of this package carries, except for an abort, which is a result.
 * `code` is stable and one of `ERRORS`; `definite` tells whether nothing can have happened.
 */
export class AyesError extends Error {
  override readonly name = "AyesError";
  readonly code: ErrorCode;
  readonly why: Why;

  constructor(code: ErrorCode, detail?: string, about: Omit<Why, "code" | "detail"> = {}) {
    super(detail ?? ERRORS[code].says);
    this.code = code;
    this.why = { code, ...about, ...(detail !== undefined && { detail }) };
  }

  get definite(): boolean {
    return ERRORS[this.code].class === "refused";
  }

  /** What the caller can do about it. */
  get next(): string {
    return ERRORS[this.code].next;
  }
}

export function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === "string" && Object.hasOwn(ERRORS, code);
}

/** Any thrown value as an error of the table. What is not ours is a broken assumption. */
export function asAyesError(error: unknown): AyesError {
  if (error instanceof AyesError) return error;
  const { code, message } = error as { code?: unknown; message?: unknown };
  return new AyesError(isErrorCode(code) ? code : "assertion", typeof message === "string" ? message : String(error));
}

/** One sentence for people: what happened, to what, and what to do next. */
export function explain({ code, node, key, file, range, winner, constraint, detail }: Why): string {
  const row = ERRORS[code];
  const reason = [constraint, detail].filter(Boolean).join(": ");
  const about = [
    key !== undefined && `key ${JSON.stringify(key)}`,
    file !== undefined && !reason.includes(JSON.stringify(file)) && `file ${JSON.stringify(file)}`,
    range !== undefined && rangeText(range),
    node !== undefined && !reason.includes(node) && `at ${node}`,
    winner !== undefined && `held by transaction ${winner}`,
  ].filter(Boolean);
  const what = reason && !row.says.includes(reason) ? `${row.says}: ${reason}` : row.says;
  return `${what}${about.length > 0 ? ` (${about.join(", ")})` : ""}; ${row.next}`;
}
