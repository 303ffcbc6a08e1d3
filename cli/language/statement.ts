/** The union of all statements that a person can type: plain data, checked for form, not yet run. */

import type { ProtocolName } from "../../actors/transaction.js";
import type { Rule } from "../../actors/validator.js";
import type { Key, Value } from "../../runtime/api.js";
import type { ConstraintKind, ConstraintRules } from "../../runtime/constraint-api.js";
import type { Order } from "../../runtime/doubt-api.js";
import type { CrashPlan } from "../../runtime/faults.js";
import type { ReadOptions, ScanQuery } from "../../runtime/reading-api.js";
import type { StepPlan } from "../../runtime/stepping-api.js";

/** A value as typed: itself, or the name of the file that holds it (`-` is the standard input). */
export type ValueSource = { literal: Value } | { file: string };

/** One thing that a transaction does or requires. */
export type Step =
  | { kind: "put"; key: Key; value: ValueSource; ttlMs?: number }
  | { kind: "del"; key: Key }
  | { kind: "add"; key: Key; delta: number }
  | { kind: "check"; key: Key; is: "exists" | "absent" }
  | { kind: "check"; key: Key; is: "equals"; value: ValueSource }
  | { kind: "check"; key: Key; is: "version"; version: string }
  | FileStep;

/** What a file is to consist of: a text, or the bytes of a file of this computer (`-` is the standard input). */
export type Body = { text: string } | { file: string };

/** The same for files. */
export type FileStep =
  | { kind: "write"; path: string; body: Body; type?: string }
  | { kind: "rm"; path: string }
  | { kind: "mv"; source: string; target: string }
  | { kind: "cp"; source: string; target: string };

/** What can be said about a transaction as a whole. */
export type TxnOptions = { id?: string; protocol?: ProtocolName; deadlineMs?: number };

/** What is demanded, with the schema still where it is. */
export type ConstraintDraft = Omit<ConstraintRules, "shape"> & { shape?: ValueSource };

export type DoubtStatement = { kind: "doubt" } & (
  | { asked: "list"; olderThanMs: number }
  | { asked: "resolve"; txn: string; order: Order; reason: string; nodes?: string[] }
  | { asked: "forget"; txn: string }
);

export type Statement =
  | { kind: "step"; step: Step }
  | { kind: "get"; key: Key; options: ReadOptions }
  | { kind: "read"; keys: Key[]; options: ReadOptions }
  /** Without a target it is shown. */
  | { kind: "readFile"; path: string; target?: string; options: ReadOptions }
  | { kind: "ls"; prefix: string; limit: number }
  | { kind: "stat"; path: string; options: ReadOptions }
  | { kind: "scan"; query: ScanQuery; options: ReadOptions }
  | { kind: "begin"; options: TxnOptions }
  | { kind: "commit" }
  | { kind: "rollback" }
  | { kind: "tx"; steps: Step[]; options: TxnOptions }
  | { kind: "outcome"; txn: string }
  /** Without an id: the latest ones. */
  | { kind: "trace"; txn: string | undefined }
  | { kind: "status" }
  | { kind: "locks" }
  | { kind: "log"; node: string; limit: number }
  | { kind: "keys"; prefix: Key; limit: number }
  | { kind: "crash"; node: string; plan: CrashPlan }
  | { kind: "restart"; node: string }
  | { kind: "pause"; node: string; on: boolean }
  | { kind: "link"; between: [string, string]; state: "cut" | "whole" | { delayMs: number } }
  | { kind: "repair"; node: string; force: boolean }
  | { kind: "validator"; node: string; rule: Rule | undefined }
  | DoubtStatement
  | { kind: "ballots"; node: string | undefined }
  | { kind: "vote"; node: string; txn: string; yes: boolean; reason: string | undefined }
  | { kind: "stepping"; plan: StepPlan | "off" }
  | { kind: "held" }
  | { kind: "release"; id: number | "next" }
  | { kind: "constraints" }
  | { kind: "constrain"; prefix: Key; rules: ConstraintDraft }
  /** No kinds are all of them. */
  | { kind: "unconstrain"; prefix: Key; kinds: ConstraintKind[] }
  | { kind: "help"; topic: string | undefined }
  | { kind: "timing"; on: boolean | undefined }
  | { kind: "watch"; everyMs: number; statement: Statement }
  /** Shows committed changes as they come. */
  | { kind: "follow"; prefix: Key | undefined; since: string | undefined }
  | { kind: "quit" };
