/** What an attached folder looks at before it says yes: a promise that it could not keep, or that rests on what is gone, is none. */

import { AyesError } from "../errors.js";
import { type FolderDraft, listFiles } from "./draft.js";
import type { Intent, Step } from "./intent.js";
import { onDisk } from "./layout.js";
import { look, parentsOf, requireWay } from "./plain-file.js";

/** Throws the reason to say no. */
export async function examine(draft: FolderDraft, version: string | null): Promise<void> {
  const { name, layout } = draft.folder;
  if (draft.version !== version) throw changedBy(name, version);
  for (const [path, before] of draft.seen) {
    const now = (await look(layout.dir, path).catch(onDisk))?.digest ?? null;
    if (now !== before) {
      const detail = `in folder ${JSON.stringify(name)} the file has changed since it was read`;
      throw new AyesError("check-failed", detail, { file: path });
    }
  }
  for (const [prefix, before] of draft.listed) {
    const now = await listFiles(layout.dir, prefix).catch(onDisk);
    if (JSON.stringify(now) === JSON.stringify(before)) continue;
    throw new AyesError(
      "check-failed",
      `in folder ${JSON.stringify(name)} files have come or gone since it was listed`,
    );
  }
  for (const [path, after] of draft.writes) {
    await requireWay(layout.dir, path).catch(onDisk);
    if (after) requireNoFileAbove(draft, path);
  }
}

/** What is promised. */
export function intentOf({ version, undoes, seen, writes }: FolderDraft, txn: string): Intent {
  const steps = [...writes].map(([path, after]): Step => {
    const before = seen.get(path) ?? null;
    return after
      ? { path, before, after: after.digest, staged: after.name }
      : { path, before, after: null, staged: null };
  });
  return { txn, prior: version ?? null, ...(undoes !== undefined && { undoes }), steps };
}

/** A conflict between transactions: the function is run again. */
export function changedBy(name: string, winner: string | null): AyesError {
  const about = winner === null ? {} : { winner };
  return new AyesError("conflict", `another transaction changes folder ${JSON.stringify(name)}`, about);
}

function requireNoFileAbove({ writes }: FolderDraft, path: string): void {
  const above = parentsOf(path).find((parent) => writes.get(parent));
  if (above === undefined) return;
  throw new AyesError("path-taken", `${JSON.stringify(above)} is to be a file`, { file: path });
}
