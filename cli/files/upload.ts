/** Files of this computer into a cluster: one, or all of a folder in one transaction. */

import type { Cluster, FileOperation } from "../../runtime/api.js";
import { AyesError } from "../../runtime/errors.js";
import { checkPath } from "../../runtime/files/path.js";
import { Problem } from "../language/problem.js";
import { changeFiles } from "./change.js";
import type { Copied } from "./copied.js";
import { walk } from "./folder.js";
import { lookAt } from "./ordinary.js";
import { Outbox, type Outgoing } from "./outbox.js";
import type { Transfer } from "./transfer.js";

export type UploadOptions = {
  /** Deletes what is in the folder of the cluster and not in that of this computer. */
  mirror?: boolean;
  /** The content type of all files; without it the ends of their names tell. */
  type?: string | undefined;
  transfer: Transfer;
};

/**
 * A reader of the cluster sees all that was in its folder, or all that is in it now. Files that are the same in both are
 * not sent. Nothing is sent when one of them has a name that the cluster does not take.
 */
export async function uploadFolder(
  cluster: Cluster,
  root: string,
  prefix: string,
  options: UploadOptions,
): Promise<Copied> {
  const { files, skipped, unreadable } = await walk(root);
  const outgoing = named(files, prefix, unreadable);
  return { ...(await upload(cluster, outgoing, [prefix], options)), skipped };
}

/** One file. */
export async function uploadFile(
  cluster: Cluster,
  place: string,
  path: string,
  options: UploadOptions,
): Promise<Copied> {
  const { size = 0 } = (await lookAt(place)) ?? {};
  return upload(cluster, [{ path: checkPath(path), place, size }], [], options);
}

async function upload(
  cluster: Cluster,
  files: readonly Outgoing[],
  prefixes: readonly string[],
  { mirror = false, type, transfer }: UploadOptions,
): Promise<Copied> {
  const outbox = new Outbox(cluster, transfer);
  const typed = type === undefined ? files : files.map((file) => ({ ...file, type }));
  const kept = new Set(files.map(({ path }) => path));
  let operations: FileOperation[] = [];
  try {
    const ending = await changeFiles(cluster, prefixes, async (there) => {
      const extra = mirror ? [...there.keys()].filter((path) => !kept.has(path)) : [];
      const deletions = extra.map((path): FileOperation => ({ op: "deleteFile", path }));
      operations = [...(await outbox.operations(typed, there)), ...deletions];
      return operations;
    });
    const written = operations.filter(({ op }) => op === "writeFile").map(({ path }) => path);
    return {
      ending,
      written: written.length,
      same: files.length - written.length,
      deleted: operations.length - written.length,
      bytes: written.reduce((sum, path) => sum + outbox.sizeOf(path), 0),
      skipped: [],
    };
  } finally {
    await outbox.close();
  }
}

const SHOWN = 20;

/** What they are called in the cluster. All names that it does not take are told at once. */
function named(
  files: readonly { path: string; place: string; size: number }[],
  prefix: string,
  unreadable: readonly string[],
): Outgoing[] {
  const outgoing = new Map<string, Outgoing>();
  const bad = unreadable.map((path) => `${JSON.stringify(path)}: its name is not UTF-8`);
  for (const { path: local, ...file } of files) {
    try {
      const path = checkPath(prefix + local);
      if (outgoing.has(path)) bad.push(`${JSON.stringify(local)}: another file has this name in its normal form (NFC)`);
      outgoing.set(path, { path, ...file });
    } catch (error) {
      if (!(error instanceof AyesError)) throw error;
      bad.push(`${JSON.stringify(local)}: ${error.message}`);
    }
  }
  if (bad.length === 0) return [...outgoing.values()];
  const more = bad.length > SHOWN ? [`and ${bad.length - SHOWN} more`] : [];
  const lines = [...bad.slice(0, SHOWN), ...more].map((line) => `\n  ${line}`).join("");
  throw new Problem(`nothing was sent: a cluster does not take these names${lines}`);
}
