/** What a statement came to, before anybody decides how to show it; and the exit code that follows from it. */

import type { Key, LockStatus, OutcomeAnswer, Result, Status } from "../../runtime/api.js";
import type { Ballot } from "../../runtime/ballot-api.js";
import type { Constraint } from "../../runtime/constraint-api.js";
import type { Doubt } from "../../runtime/doubt-api.js";
import { type AyesError, asAyesError, ERRORS } from "../../runtime/errors.js";
import type { FileReading, FileStat } from "../../runtime/files-api.js";
import type { ReadResult } from "../../runtime/reading-api.js";
import type { Held, HeldList } from "../../runtime/stepping-api.js";
import type { Trace, TraceSummary } from "../../runtime/tracing-api.js";
import type { WatchEvent } from "../../runtime/watching-api.js";
import { Problem } from "../language/problem.js";
import type { Account, Ending, Pending, PendingPage } from "./transaction.js";

export type Reply =
  /** With an account if it had been open. */
  | { kind: "result"; result: Ending; account?: Account }
  | { kind: "read"; read: Pending<ReadResult> }
  | { kind: "reads"; reads: Pending<ReadResult>[] }
  | { kind: "scan"; page: PendingPage }
  /** With its bytes, unless they are too many to be shown. */
  | { kind: "file"; file: FileReading; bytes: Uint8Array | undefined }
  | { kind: "files"; files: FileStat[]; more: boolean }
  | { kind: "stat"; stat: FileStat }
  | { kind: "outcome"; answer: OutcomeAnswer }
  | { kind: "trace"; trace: Trace }
  | { kind: "traces"; traces: TraceSummary[] }
  | { kind: "status"; status: Status }
  | { kind: "locks"; locks: LockStatus[] }
  | { kind: "log"; records: object[] }
  | { kind: "keys"; keys: Key[]; more: boolean }
  | { kind: "constraints"; constraints: Constraint[] }
  | { kind: "ballots"; ballots: Ballot[] }
  | { kind: "doubts"; doubts: Doubt[] }
  | { kind: "held"; list: HeldList; answers: Reply[] }
  /** Without anything when there was nothing to let go. `answers` are those of statements that had to wait for it. */
  | { kind: "released"; released: Held | undefined; answers: Reply[] }
  | { kind: "change"; event: WatchEvent }
  /** Something was done to the cluster that is no transaction. `text` is for people, `facts` for programs. */
  | { kind: "done"; text: string; facts: object }
  /** Something changed only here. */
  | { kind: "note"; text: string; facts: object }
  | { kind: "help"; text: string }
  | { kind: "failed"; error: Failure };

/** A mistake of the person, or an answer of the cluster. Anything else is a bug of ours. */
export type Failure = Problem | AyesError;

export const EXIT = { done: 0, refused: 1, usage: 2, unreachable: 3, unknown: 4 } as const;

/** Anything thrown, as one of the two. */
export function failureOf(error: unknown): Failure {
  return error instanceof Problem ? error : asAyesError(error);
}

/** The exit code of a failure. */
export function exitCodeOf(error: Failure): number {
  return error instanceof Problem ? EXIT.usage : ERRORS[error.code].exit;
}

/** What a script may conclude: 0 committed or read, 1 aborted or not found, 2 bad input, 3 no cluster, 4 unknown. */
export function exitCode(reply: Reply): number {
  switch (reply.kind) {
    case "result":
      return OUTCOMES[reply.result.outcome];
    case "outcome":
      return OUTCOMES[reply.answer.outcome];
    case "read":
      return reply.read.value === undefined ? EXIT.refused : EXIT.done;
    case "reads":
      return reply.reads.some(({ value }) => value === undefined) ? EXIT.refused : EXIT.done;
    case "doubts":
      return reply.doubts.length > 0 ? EXIT.refused : EXIT.done;
    case "held":
    case "released":
      return Math.max(EXIT.done, ...reply.answers.map(exitCode));
    case "failed":
      return exitCodeOf(reply.error);
    default:
      return EXIT.done;
  }
}

const OUTCOMES: Record<OutcomeAnswer["outcome"] | Result["outcome"], number> = {
  committed: EXIT.done,
  aborted: EXIT.refused,
  "not-found": EXIT.refused,
  unknown: EXIT.unknown,
  undecided: EXIT.unknown,
  expired: EXIT.unknown,
};
