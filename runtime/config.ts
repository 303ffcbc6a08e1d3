/** The shape of a cluster, as its data folder remembers it. */

import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Settings } from "../actors/protocol.js";
import type { NodeId, ProtocolName } from "../actors/transaction.js";
import { isFile, writeDurably } from "../storage/guard.js";
import { AyesError } from "./errors.js";

export type Shape = {
  format: 1;
  /** A name that tells this cluster from every other. */
  cluster: string;
  coordinators: NodeId[];
  replicas: NodeId[];
  /** What a transaction runs under that does not say. */
  protocol: ProtocolName;
  /** Who has to vote: every replica, or those that are up to date. In an \`up-set\` every replica may coordinate. */
  membership: Membership;
  /** Whether every node's store was made. From then on a missing one is refused. */
  complete: boolean;
};

export type Role = "coordinator" | "replica" | "coordinator+replica";
export type Membership = "all" | "up-set";

export type ShapeOptions = {
  replicas?: number | undefined;
  coordinators?: number | undefined;
  protocol?: ProtocolName | undefined;
  membership?: Membership | undefined;
};

const PROTOCOLS: readonly string[] = ["2pc", "3pc"] satisfies readonly ProtocolName[];
const MEMBERSHIPS: readonly string[] = ["all", "up-set"] satisfies readonly Membership[];

/** How patient nodes are, and how long their memory. */
export const SETTINGS: Settings = { resendAfterMs: 500, inquireAfterMs: 500, retainedOutcomes: 50_000 };

/** Two-phase commit could not end a transaction without its dead coordinator, so nobody could be made a member again. */
export const ONLY_3PC = "an up-set needs three-phase commit: two-phase commit waits for a coordinator that is down";

const FILE = "cluster.json";
const EPOCHS_FILE = "epochs.json";
const MOST_NODES = 9;

/** Whether the log of a node exists nowhere else. In an up-set every node holds the data, and is given what it lacks. */
export function isIrreplaceable(node: NodeId, { membership, coordinators }: Shape): boolean {
  return membership === "all" && coordinators.includes(node);
}

export function roleOf(node: NodeId, { coordinators, replicas }: Pick<Shape, "coordinators" | "replicas">): Role {
  if (!coordinators.includes(node)) return "replica";
  return replicas.includes(node) ? "coordinator+replica" : "coordinator";
}

/** Refuses what no cluster can be, before anything is made. */
export function checkShapeOptions(options: ShapeOptions): void {
  checkCount("replicas", options.replicas);
  checkCount("coordinators", options.coordinators);
  checkName("protocol", options.protocol, PROTOCOLS);
  checkName("membership", options.membership, MEMBERSHIPS);
  if (options.membership === "up-set" && options.protocol === "2pc") throw new AyesError("invalid", ONLY_3PC);
  if (options.membership === "up-set" && options.coordinators !== undefined) {
    throw new AyesError("invalid", "with membership up-set every replica may coordinate: leave out coordinators");
  }
}

/** Reads the shape in a folder that this program owns, or makes one there. Contradicting options are refused. */
export function readShape(folder: string, options: ShapeOptions): Shape {
  const path = join(folder, FILE);
  if (isFile(path)) return checkShape(folder, parse(path), options);
  if (existsSync(join(folder, "nodes"))) {
    throw new AyesError("damaged-store", `${path} is missing, but there are nodes beside it; put it back`);
  }
  const { membership = "all" } = options;
  const replicas = names("n", options.replicas ?? 3);
  const shape: Shape = {
    format: 1,
    cluster: randomBytes(8).toString("hex"),
    coordinators: membership === "up-set" ? replicas : names("c", options.coordinators ?? 1),
    replicas,
    protocol: options.protocol ?? (membership === "up-set" ? "3pc" : "2pc"),
    membership,
    complete: false,
  };
  writeShape(folder, shape);
  return shape;
}

export function writeShape(folder: string, shape: Shape): void {
  writeBeside(folder, FILE, `${JSON.stringify(shape, undefined, 2)}\n`);
}

/** The last incarnation of each node, kept beside their folders: an older copy of one of them is noticed by it. */
export function readEpochs(folder: string): Record<NodeId, number> {
  const path = join(folder, EPOCHS_FILE);
  if (!isFile(path)) return {};
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Record<NodeId, number>;
  } catch {
    throw new AyesError("damaged-store", `${path} is damaged; restore it from a backup`);
  }
}

export function writeEpochs(folder: string, epochs: Record<NodeId, number>): void {
  writeBeside(folder, EPOCHS_FILE, `${JSON.stringify(epochs)}\n`);
}

/** Replaces a file of the data folder, beside those of the nodes. It is on disk on return. */
export function writeBeside(folder: string, name: string, text: string): void {
  writable(folder, () => writeDurably(folder, name, text));
}

/** Makes the data folder. Step by step: in some file systems the recursive call of Node never returns. */
export function makeFolder(folder: string): void {
  writable(folder, () => {
    if (existsSync(folder)) return;
    makeFolder(dirname(folder));
    mkdirSync(folder, { mode: 0o700 });
  });
}

function parse(path: string): Shape {
  let found: Partial<Shape> | null = null;
  try {
    found = JSON.parse(readFileSync(path, "utf8")) as Partial<Shape> | null;
  } catch {
    // What is no JSON is damaged like what is the wrong JSON.
  }
  const whole = found?.format !== 1 || (Array.isArray(found.coordinators) && Array.isArray(found.replicas));
  if (typeof found?.format === "number" && whole) return found as Shape;
  throw new AyesError("damaged-store", `${path} is damaged; restore it from a backup`);
}

function checkShape(folder: string, shape: Shape, options: ShapeOptions): Shape {
  if (shape.format !== 1) {
    throw new AyesError("other-version", `${folder} has format ${shape.format}; this version of ayes reads 1`);
  }
  if (options.membership !== undefined && options.membership !== shape.membership) {
    throw new AyesError("wrong-cluster", `${folder} holds a cluster of membership ${shape.membership}`);
  }
  for (const role of ["replicas", "coordinators"] as const) {
    const wanted = options[role];
    if (wanted !== undefined && wanted !== shape[role].length) {
      throw new AyesError(
        "wrong-cluster",
        `${folder} holds a cluster with ${shape[role].length} ${role}, not ${wanted}`,
      );
    }
  }
  if (shape.membership === "up-set" && options.protocol === "2pc") throw new AyesError("invalid", ONLY_3PC);
  return { ...shape, ...(options.protocol && { protocol: options.protocol }) };
}

function checkName(what: string, name: string | undefined, known: readonly string[]): void {
  if (name === undefined || known.includes(name)) return;
  throw new AyesError("invalid", `unknown ${what} ${JSON.stringify(name)}; known: ${known.join(", ")}`);
}

function checkCount(what: string, count: number | undefined): void {
  if (count === undefined || (Number.isInteger(count) && count >= 1 && count <= MOST_NODES)) return;
  throw new AyesError("invalid", `${what} must be a whole number from 1 to ${MOST_NODES}, not ${count}`);
}

function names(prefix: string, count: number): NodeId[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index + 1}`);
}

function writable(folder: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    throw new AyesError("not-writable", `${folder}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
