/** The constraints in force at a node, at hand in memory, and what they say against a transaction. */

import { boundRange, CONSTRAINTS, type Constraint, constraintAt, constraintIn, constraintText } from "./constraint.js";
import { flawOf, type Kind } from "./demand.js";
import { isOwnKey } from "./own-key.js";
import { entriesIn } from "./page.js";
import type { Env } from "./protocol.js";
import { prefixRange } from "./range.js";
import type { Key, Why, Write } from "./transaction.js";

/** What it takes to judge, and to know what is in force. */
export type Sight = Pick<Env, "read" | "scan" | "misfit">;

type Rows = Pick<Env, "scan">;
type Objection = Pick<Why, "code" | "key" | "constraint" | "detail">;

/** In force at most. */
const MOST = 1000;
/** Keys that are named which violate a new constraint. */
const NAMED = 5;

export class Constraints {
  /** By prefix and kind; undefined until they are needed. */
  #inForce: Map<Key, Map<Kind, Constraint>> | undefined;
  #count = 0;
  /** How long the prefixes are. */
  #lengths: number[] = [];

  /** Follows what is committed, in the turn that commits it. */
  wrote(write: Write, world: Rows): void {
    const place = constraintAt(write.key);
    if (place) this.#set(this.#loaded(world), write, place);
  }

  /** What there is against these writes: what they would leave, or what a new constraint finds here. */
  objectionTo(writes: readonly Write[], sight: Sight): Objection | undefined {
    const inForce = this.#loaded(sight);
    for (const write of writes) {
      const objection = isOwnKey(write.key)
        ? this.#objectionToChange(write, sight)
        : this.#flawOf(write, inForce, sight);
      if (objection) return objection;
    }
    return undefined;
  }

  #flawOf(write: Write, inForce: ReadonlyMap<Key, ReadonlyMap<Kind, Constraint>>, sight: Sight): Objection | undefined {
    const { key } = write;
    for (const length of this.#lengths) {
      if (length > key.length) return undefined;
      for (const constraint of inForce.get(key.slice(0, length))?.values() ?? []) {
        const detail = flawOf(write, constraint, sight);
        if (detail !== undefined) return { code: "constraint", key, constraint: constraintText(constraint), detail };
      }
    }
    return undefined;
  }

  #objectionToChange(write: Write, sight: Sight): Objection | undefined {
    const constraint = constraintIn(write);
    if (!constraint) return undefined;
    const text = constraintText(constraint);
    if (this.#count >= MOST && sight.read(write.key) === undefined) {
      return {
        code: "constraint",
        constraint: text,
        detail: `there are ${MOST} constraints already, which is the limit`,
      };
    }
    const violators = violatorsOf(constraint, sight);
    const [key] = violators.keys;
    if (key === undefined) return undefined;
    const more = violators.count - violators.keys.length;
    const named = violators.keys.map((name) => JSON.stringify(name)).join(", ");
    const detail = `it does not hold for ${named}${more > 0 ? ` and ${more} more` : ""}`;
    return { code: "constraint", key, constraint: text, detail };
  }

  #loaded(world: Rows): Map<Key, Map<Kind, Constraint>> {
    if (this.#inForce) return this.#inForce;
    const inForce = new Map<Key, Map<Kind, Constraint>>();
    this.#inForce = inForce;
    for (const { key, stored } of entriesIn(prefixRange(CONSTRAINTS), world)) {
      const place = constraintAt(key);
      if (place) this.#set(inForce, { key, value: stored.value }, place);
    }
    return inForce;
  }

  #set(
    inForce: Map<Key, Map<Kind, Constraint>>,
    write: Pick<Write, "key" | "value">,
    { kind, prefix }: { kind: Kind; prefix: Key },
  ): void {
    const constraint = constraintIn(write);
    const ofPrefix = inForce.get(prefix) ?? new Map<Kind, Constraint>();
    this.#count -= ofPrefix.size;
    if (constraint) ofPrefix.set(kind, constraint);
    else ofPrefix.delete(kind);
    this.#count += ofPrefix.size;
    if (ofPrefix.size > 0) inForce.set(prefix, ofPrefix);
    else inForce.delete(prefix);
    this.#lengths = [...new Set([...inForce.keys()].map((name) => name.length))].sort((left, right) => left - right);
  }
}

/** The committed keys for which a constraint does not hold: the first ones, and how many there are. */
function violatorsOf(constraint: Constraint, sight: Sight): { keys: Key[]; count: number } {
  const found: { keys: Key[]; count: number } = { keys: [], count: 0 };
  // What is committed violates no demand on how keys come to be.
  if (constraint.kind === "createOnly" || constraint.kind === "mustExist") return found;
  for (const { key, stored } of entriesIn(boundRange(constraint.prefix), sight)) {
    if (flawOf({ key, ...stored }, constraint, sight) === undefined) continue;
    found.count += 1;
    if (found.keys.length < NAMED) found.keys.push(key);
  }
  return found;
}
