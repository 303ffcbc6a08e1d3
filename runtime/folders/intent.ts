/**
 * The promise of an attached folder: everything that a transaction does to it, on disk before the transaction begins. With
 * it the folder has voted yes: the bytes are staged, and nothing but the end of the transaction decides what becomes of them.
 */

import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { flushFolder } from "../../storage/guard.js";
import { type Layout, onDisk } from "./layout.js";

/** One file: the digest of what was there and of what shall be. `null`: none. What shall be is staged under a name. */
export type Step = { path: string; before: string | null } & (
  | { after: string; staged: string }
  | { after: null; staged: null }
);

export type Intent = {
  /** The transaction. */
  txn: string;
  /** The version of the folder's row in the cluster that it replaces. None for the first one. */
  prior: string | null;
  /** The transaction that it takes back. */
  undoes?: string;
  steps: readonly Step[];
};

const INTENT_FILE = "intent.json";
/** The last one that was kept. */
const UNDO_FILE = "undo.json";

export function readIntent(layout: Layout): Promise<Intent | undefined> {
  return layout.read<Intent>(INTENT_FILE);
}

/** The vote: durable when it returns. Throws `disk-full` or `unavailable`; then it is not given. */
export function writeIntent(layout: Layout, intent: Intent): void {
  try {
    flushFolder(layout.staged);
    layout.write(INTENT_FILE, intent);
  } catch (error) {
    onDisk(error as NodeJS.ErrnoException);
  }
}

/** Nothing of it will ever be done. Should the removal be lost in a crash, the cluster says again that it was aborted. */
export async function dropIntent(layout: Layout): Promise<void> {
  await rm(join(layout.own, INTENT_FILE), { force: true });
}

/** All of it is done and on disk: from now on it is what can be undone. In one step, so that it is always one of both. */
export async function retireIntent(layout: Layout): Promise<void> {
  await rename(join(layout.own, INTENT_FILE), join(layout.own, UNDO_FILE));
  flushFolder(layout.own);
}

/** The last transaction that changed the folder, unless that has taken back another one. */
export async function undoable(layout: Layout): Promise<Intent | undefined> {
  const last = await layout.read<Intent>(UNDO_FILE);
  return last?.undoes === undefined ? last : undefined;
}

/** Where what a step replaces or deletes is kept. */
export function keptFile(layout: Layout, txn: string, step: number): string {
  return join(layout.kept, txn, String(step));
}
