/** What can be demanded of the keys of a cluster, whoever writes them. */

import type { Kind, ValueType } from "../actors/demand.js";
import type { ProtocolName } from "../actors/transaction.js";
import type { Json, Key, Result } from "./api.js";

/** What can be demanded of all keys with a prefix. They may be deleted, but for `createOnly` and `mustExist`. */
export type ConstraintRules = {
  /** The value is a number, and not less than this. */
  min?: number;
  /** The value is a number, and not more than this. */
  max?: number;
  /** What the value is: one of JSON, or bytes. */
  type?: ValueType;
  /** Keys may be made, never changed or deleted. */
  createOnly?: true;
  /** Only keys that exist may be written. */
  mustExist?: true;
  /** The value has at most so many bytes: as JSON text in UTF-8, or as they are. */
  maxBytes?: number;
  /**
   * The value fits this JSON Schema (2020-12), of at most 64 KiB. It may refer into itself only; `format` and unknown
   * keywords are refused. Mind what a `pattern` costs: every replica tries it on every value.
   */
  shape?: { readonly [name: string]: Json | undefined };
};

/** `min`, `createOnly` and so on. */
export type ConstraintKind = Kind;

/** All that is demanded of keys that begin with `prefix`; the empty text is every key's. */
export type Constraint = ConstraintRules & { prefix: Key };

export type ChangeOptions = {
  protocol?: ProtocolName | undefined;
  /** How long to try, in milliseconds (default 5000). */
  deadlineMs?: number | undefined;
};

/** The part of a cluster that keeps constraints. At most 1,000, one of a kind for each prefix. */
export interface Constraining {
  /** All of them at one moment, by prefix. */
  constraints(): Promise<Constraint[]>;
  /**
   * Demands this of all keys that begin with `prefix`, in one transaction: from its commit on, every replica votes no on
   * whatever would violate it, with the code `constraint`. A demand takes the place of an earlier one of its kind on the
   * same prefix. While it changes nobody writes those keys; when somebody is writing them it is tried again, within the
   * deadline. Aborted with `constraint` when committed data violates it: `detail` names the first keys. Every replica
   * reads all values under the prefix for that, and does nothing else meanwhile. Rejects with `invalid` or `too-large`,
   * and changes nothing, for bad input.
   */
  constrain(prefix: Key, rules: ConstraintRules, options?: ChangeOptions): Promise<Result>;
  /**
   * Gives up what is demanded of keys that begin with `prefix`: these kinds, or without them all. Rejects with `not-found`,
   * and changes nothing, when one of them is not demanded.
   */
  unconstrain(prefix: Key, kinds?: readonly ConstraintKind[], options?: ChangeOptions): Promise<Result>;
}
