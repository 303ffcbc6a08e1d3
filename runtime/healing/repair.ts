/**
 * Gives a replica a new store, made of a healthy one, while the others serve.
 *
 * A replica that lost its log has lost its promises. Every transaction takes the votes of all replicas, so another one
 * has made the same promises; it may stand in for the lost log at a moment when nobody can still count a vote that
 * only the lost log knew:
 *
 * 1. the damaged node is down, so coordinators refuse what is new;
 * 2. no coordinator waits for votes: each either runs, knows that the node is down and has nothing under way, or is
 *    down itself and will presume what it has not decided aborted;
 * 3. now whatever is decided committed, or ever will be, is promised or concluded in the log of every healthy replica.
 *    One snapshot of one of them is the new store;
 * 4. the node replays it, is in doubt about what the other one was in doubt about, and asks like after any restart;
 * 5. what its files consist of it is given when it runs.
 *
 * A node that serves, whose rows are right, and that has lost or damaged only what files consist of, keeps its store.
 */

import { existsSync, renameSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { NodeId } from "../../actors/transaction.js";
import type { Examination } from "../../storage/examination.js";
import { flushFolder } from "../../storage/guard.js";
import type { Target } from "../../storage/snapshot.js";
import { isIrreplaceable, type Shape } from "../config.js";
import { AyesError, asAyesError, type ErrorCode } from "../errors.js";
import type { Mender } from "../files/mender.js";
import type { Restored, Restorer } from "../files/restorer.js";
import type { Repaired, Task } from "../healing-api.js";
import { targetOf } from "../hosts/host.js";
import { nextFor } from "../status.js";
import type { Supervisor } from "../supervisor.js";
import type { Ward } from "../ward.js";
import type { FlawedContent } from "./contents.js";
import type { Examiner } from "./examiner.js";
import { type Standings, scrutinize } from "./scrutiny.js";

export type RepairParts = {
  shape: Shape;
  supervisor: Supervisor;
  /** An examiner that ends when the cluster is closed. */
  examiner(): Examiner;
  task: Task;
  mender: Pick<Mender, "mend">;
  restorer: Pick<Restorer, "restored">;
  /** What the node says of its contents, if it is up. */
  standing: Standings;
};

/** Whatever waits for votes gives up at its deadline, usually after 5 s. */
const REST_WITHIN_MS = 15_000;
const REST_EVERY_MS = 20;
const LOST_MOST = 20;

/** What is wrong with more than one node's store. */
const WHOLE_FOLDER: ReadonlySet<ErrorCode> = new Set(["other-version", "not-writable", "disk-full"]);

/** Without a damaged replica the others can be read, and it can be repaired. Nothing else may be missing. */
export function canServeWithout(failed: readonly Ward[], shape: Shape): boolean {
  const away = new Set(failed.map(({ spec }) => spec.self));
  const damaged = failed.every(({ state, code }) => state === "gave-up" && !(code && WHOLE_FOLDER.has(code)));
  const lacksCoordinator = shape.membership === "all" && shape.coordinators.some((node) => away.has(node));
  return shape.complete && damaged && !lacksCoordinator && shape.replicas.some((node) => !away.has(node));
}

export async function repair(node: NodeId, force: boolean, parts: RepairParts): Promise<Repaired> {
  const { shape, supervisor } = parts;
  const runs = supervisor.host(node) !== undefined;
  if (isIrreplaceable(node, shape)) throw new AyesError("invalid", nextFor(node, true), { node });
  if (runs && !force) {
    const flawed = await findFlaws(node, parts);
    if (flawed) return mendAll(node, flawed, parts);
  }
  const sources = shape.replicas.filter((other) => other !== node && supervisor.host(other) !== undefined);
  if (sources.length === 0) throw new AyesError("unavailable", "no other replica is up to copy from", { node });
  const rebuilt = await rebuild(node, sources, parts);
  return { ...rebuilt, ...shownRestored(await parts.restorer.restored(node)) };
}

async function rebuild(
  node: NodeId,
  sources: readonly NodeId[],
  parts: RepairParts,
): Promise<Omit<Repaired, "contents">> {
  const { shape, supervisor } = parts;
  const release = await supervisor.keep(node, "being repaired");
  let made = false;
  try {
    // In an up-set nobody counts on a node that is down, and what it lacks it is given before it votes.
    if (shape.membership === "all") await rest(node, parts);
    const { folder } = wardOf(node, parts).spec;
    const draft = `${folder}.draft`;
    const { source, keys, records } = await copyOne(node, sources, draft, parts);
    const kept = replace(folder, draft);
    made = true;
    return { node, source, keys, logRecords: records, ...(kept !== undefined && { kept }) };
  } finally {
    await release(made);
  }
}

/**
 * A node that serves is looked at first: what is whole is left alone. The contents that are wrong when nothing else is;
 * nothing when its store has to be made anew.
 */
async function findFlaws(node: NodeId, parts: RepairParts): Promise<FlawedContent[] | undefined> {
  const { task, standing } = parts;
  const examiner = parts.examiner();
  try {
    const found = await examine(examiner, targetOf(wardOf(node, parts).spec));
    if (!found) return undefined;
    Object.assign(task, { done: 0, of: 0, unit: "bytes" });
    const { flawed } = await scrutinize(examiner, found.promised, { task, standing });
    if (flawed.length > 0) return flawed;
  } finally {
    examiner.close();
  }
  throw new AyesError("invalid", `${node} is up and all of it is right; force rebuilds it all the same`, { node });
}

/** Nothing when its rows are damaged, or cannot be looked at. */
async function examine(examiner: Examiner, target: Target): Promise<Examination | undefined> {
  try {
    await examiner.open(target);
    const found = await examiner.examine();
    return found.damages.length > 0 ? undefined : found;
  } catch {
    return undefined;
  }
}

/** Brings back what is lost or damaged, while the node serves. */
async function mendAll(node: NodeId, flawed: readonly FlawedContent[], { mender }: RepairParts): Promise<Repaired> {
  const restored: Restored = { contents: 0, lost: [] };
  for (const { path, content } of flawed) {
    const fate = await mender.mend(node, content);
    if (fate === "lost") restored.lost.push(path);
    else if (fate === "mended") restored.contents += 1;
  }
  return { node, keys: 0, logRecords: 0, ...shownRestored(restored) };
}

function shownRestored({ contents, lost }: Restored): Pick<Repaired, "contents" | "lost"> {
  return { contents, ...(lost.length > 0 && { lost: lost.slice(0, LOST_MOST) }) };
}

/** Waits until nobody waits for votes. It stays so while the node is down. Any node may lead a three-phase commit. */
async function rest(node: NodeId, { supervisor }: RepairParts): Promise<void> {
  const others = supervisor
    .wards()
    .map(({ spec }) => spec.self)
    .filter((other) => other !== node);
  const rests = async (other: NodeId): Promise<boolean> => {
    const host = supervisor.host(other);
    // One that is down has forgotten what it had not decided, and hears who is up only when it is back.
    if (!host) return true;
    return host.control.call((control) => control.restsWithout(node)).catch(() => false);
  };
  for (const end = Date.now() + REST_WITHIN_MS; Date.now() < end; await sleep(REST_EVERY_MS)) {
    const busy = await Promise.all(others.map(async (other) => !(await rests(other))));
    if (!busy.includes(true)) return;
  }
  throw new AyesError("unavailable", `transactions are still under way without ${node}; try again`, { node });
}

/** Copies the first replica that is whole itself. */
async function copyOne(node: NodeId, sources: readonly NodeId[], draft: string, parts: RepairParts) {
  const { spec } = wardOf(node, parts);
  const { identity, sinceEpoch } = targetOf(spec);
  let failure = new AyesError("unavailable", "no other replica is up to copy from", { node });
  for (const source of sources) {
    const examiner = parts.examiner();
    try {
      const { size } = await examiner.open(targetOf(wardOf(source, parts).spec));
      Object.assign(parts.task, { done: 0, of: size, unit: undefined });
      const onRows = (rows: number) => {
        parts.task.done = rows;
      };
      return { source, ...(await examiner.copy({ folder: draft, identity, epoch: sinceEpoch }, onRows)) };
    } catch (error) {
      const { code, message } = asAyesError(error);
      failure = new AyesError(code, `copying ${source}: ${message}`, { node: source });
    } finally {
      examiner.close();
    }
  }
  throw failure;
}

/** Puts the new store in the place of the old one, which is kept under another name. Each step leaves a whole store or none. */
function replace(folder: string, draft: string): string | undefined {
  const kept = existsSync(folder)
    ? `${folder}.damaged-${new Date().toISOString().replaceAll(/[-:.]/g, "")}`
    : undefined;
  if (kept !== undefined) renameSync(folder, kept);
  renameSync(draft, folder);
  flushFolder(dirname(folder));
  return kept;
}

function wardOf(node: NodeId, { supervisor }: RepairParts): Ward {
  const ward = supervisor.wards().find(({ spec }) => spec.self === node);
  if (!ward) throw new AyesError("no-such-node", `there is no node ${node}`);
  return ward;
}
