/** Decides which requests other than transactions may enter: reads, listings and planned crashes. */

import type { Consistency } from "../actors/message.js";
import type { NodeId } from "../actors/transaction.js";
import { AyesError } from "./errors.js";
import {
  CRASH_POINTS,
  type CrashPlan,
  type CrashPoint,
  POINTS,
  type Point,
  pointsOf,
  takesTargets,
  VOTE_NO,
} from "./faults.js";
import { describe, isWellFormed } from "./json-shape.js";
import { checkDeadline, checkId, requireFields, requireObject } from "./validation.js";

const CONSISTENCIES = ["linearizable", "committed"] as const satisfies readonly Consistency[];
const READ_FIELDS = ["read", "replica", "deadlineMs"];
const PLAN_FIELDS = ["at", "targets", "txn", "hit", "restart"];
const POINT_NAMES = Object.keys(POINTS) as Point[];
const TARGETED: readonly string[] = (Object.keys(CRASH_POINTS) as CrashPoint[]).filter(takesTargets);
const LISTING_DEFAULT = 100;
const LISTING_LIMIT = 10_000;
const NAME_LIMIT = 128;

/** How to read: every choice made, except for the replica. */
export type CheckedRead = { read: Consistency; replica?: string; deadlineMs: number };

/** The options of a read. */
export function checkReadOptions(options: unknown = {}): CheckedRead {
  const record = requireObject(options, "the options");
  requireFields(record, READ_FIELDS, "the options");
  return {
    read: record.read === undefined ? CONSISTENCIES[0] : checkChoice(record.read, CONSISTENCIES, "read"),
    deadlineMs: checkDeadline(record.deadlineMs),
    ...(record.replica !== undefined && { replica: checkNode(record.replica, "replica") }),
  };
}

/** The name of a node, which need not exist. */
export function checkNode(node: unknown, name = "the node"): string {
  if (typeof node === "string" && node.length > 0 && node.length <= NAME_LIMIT && isWellFormed(node)) return node;
  throw new AyesError("invalid", `${name} must be the name of a node, not ${describe(node)}`);
}

/** How many entries a listing may have. */
export function checkLimit(limit: unknown = LISTING_DEFAULT): number {
  return checkCount(limit, LISTING_LIMIT, "the limit");
}

/** Whether a repair is to be done in any case. */
export function checkForce(options: unknown = {}): boolean {
  const record = requireObject(options, "the options");
  requireFields(record, ["force"], "the options");
  return record.force === undefined ? false : checkFlag(record.force, "force");
}

/** When a node shall crash. Nothing in it means at once. */
export function checkPlan(plan: unknown = {}): CrashPlan {
  const record = requireObject(plan, "the crash plan");
  requireFields(record, PLAN_FIELDS, "the crash plan");
  const { at, targets, txn, hit, restart } = record;
  requireSense(record);
  return {
    ...(at !== undefined && { at: checkChoice(at, POINT_NAMES, "at") }),
    ...(targets !== undefined && { targets: checkTargets(targets) }),
    ...(txn !== undefined && { txn: checkId(txn, "txn") }),
    ...(hit !== undefined && { hit: checkCount(hit, Number.MAX_SAFE_INTEGER, "hit") }),
    ...(restart !== undefined && { restart: checkFlag(restart, "restart") }),
  };
}

/** What shall become of a link: its two ends, and whether it is cut or slow. */
export function checkDamage(damage: unknown): { between: [string, string]; cut?: boolean; delayMs?: number } {
  const record = requireObject(damage, "the body");
  requireFields(record, ["between", "cut", "delayMs"], "the body");
  const { between, cut, delayMs } = record;
  if (!Array.isArray(between) || between.length !== 2) {
    throw new AyesError("invalid", `between must be the names of two nodes, not ${describe(between)}`);
  }
  return {
    between: [checkNode(between[0], "between[0]"), checkNode(between[1], "between[1]")],
    ...(cut !== undefined && { cut: checkFlag(cut, "cut") }),
    // Its bounds are those of the link.
    ...(delayMs !== undefined && { delayMs: delayMs as number }),
  };
}

/** A plan for one node of a cluster: everybody named is there, and the point is one that the node can come to. */
export function checkPlanFor(
  node: unknown,
  plan: unknown,
  { coordinators, replicas }: { coordinators: readonly NodeId[]; replicas: readonly NodeId[] },
): CrashPlan {
  const checked = checkPlan(plan);
  const name = checkNode(node);
  const nodes = [...new Set([...coordinators, ...replicas])];
  const stranger = [name, ...(checked.targets ?? [])].find((id) => !nodes.includes(id));
  if (stranger !== undefined) {
    throw new AyesError("no-such-node", `there is no node ${stranger}; there are ${nodes.join(", ")}`);
  }
  const replicates = replicas.includes(name);
  const crashes = pointsOf({ coordinates: coordinators.includes(name), replicates });
  const points: Point[] = replicates ? [...crashes, VOTE_NO] : crashes;
  if (checked.at === undefined || points.includes(checked.at)) return checked;
  throw new AyesError("invalid", `${name} never comes to ${checked.at}; it comes to ${points.join(", ")}`);
}

/** Refuses what would be ignored: a plan without a point is carried out at once. */
function requireSense({ at, targets, txn, hit, restart }: Record<string, unknown>): void {
  if (at === VOTE_NO && [targets, txn, hit, restart].some((field) => field !== undefined)) {
    throw new AyesError("invalid", `${VOTE_NO} stands alone: it is about the next vote, and the node goes on`);
  }
  if (targets !== undefined && !TARGETED.some((point) => point === at)) {
    throw new AyesError("invalid", `targets go with ${TARGETED.join(", ")} only`);
  }
  if (at === undefined && (txn !== undefined || hit !== undefined)) {
    throw new AyesError("invalid", `txn and hit need at, a crash point; known: ${POINT_NAMES.join(", ")}`);
  }
}

function checkTargets(targets: unknown): string[] {
  if (!Array.isArray(targets)) throw new AyesError("invalid", `targets must be an array, not ${describe(targets)}`);
  if (targets.length > LISTING_LIMIT) throw new AyesError("too-large", `there are ${targets.length} targets`);
  return Array.from(targets, (target, index) => checkNode(target, `targets[${index}]`));
}

function checkChoice<Name extends string>(value: unknown, known: readonly Name[], name: string): Name {
  const choice = known.find((candidate) => candidate === value);
  if (choice !== undefined) return choice;
  throw new AyesError("invalid", `${name} is ${describe(value)}; known: ${known.join(", ")}`);
}

function checkCount(count: unknown, limit: number, name: string): number {
  if (typeof count === "number" && Number.isInteger(count) && count >= 1 && count <= limit) return count;
  throw new AyesError("invalid", `${name} must be an integer from 1 to ${limit}, not ${describe(count)}`);
}

/** True or false. */
export function checkFlag(flag: unknown, name: string): boolean {
  if (typeof flag === "boolean") return flag;
  throw new AyesError("invalid", `${name} must be true or false, not ${describe(flag)}`);
}
