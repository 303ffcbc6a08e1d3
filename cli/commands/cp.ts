/** `ayes cp`: files between this computer and a cluster, or within the cluster. What begins with `ayes:` is the cluster's. */

import { basename, join } from "node:path";
import type { Cluster } from "../../runtime/api.js";
import { prefixOf } from "../files/change.js";
import type { Copied } from "../files/copied.js";
import { downloadFile, downloadFolder } from "../files/download.js";
import { lookAt } from "../files/ordinary.js";
import { Transfer } from "../files/transfer.js";
import { uploadFile, uploadFolder } from "../files/upload.js";
import { copyWithin } from "../files/within.js";
import { Problem } from "../language/problem.js";
import { copiedFacts, copiedText } from "../output/copied.js";
import { jsonLine } from "../output/json.js";
import { Printer } from "../output/printer.js";
import { showTransfer } from "../output/transfer.js";
import { harmless, viewOf } from "../output/view.js";
import { EXIT, exitCode } from "../session/reply.js";
import { connect } from "./engine.js";
import { placeOf } from "./place.js";
import type { Flags } from "./scripts.js";
import { onStopSignal } from "./signals.js";

export type CpFlags = Flags & { recursive?: boolean; delete?: boolean; type?: string };

/** One end of a copy. */
type End = { isRemote: boolean; path: string };

const REMOTE = /^ayes:/;

/** Ctrl-C ends it before anything has changed, or after everything has. */
export async function cp(source: string, target: string, flags: CpFlags): Promise<number> {
  const ends = [endOf(source), endOf(target)] as const;
  requireSense(ends, flags);
  const stop = new AbortController();
  let stopped: number = EXIT.done;
  const forget = onStopSignal((code) => {
    stopped = code;
    stop.abort();
  });
  const cluster = await connect(placeOf(flags.url));
  const transfer = new Transfer(stop.signal);
  const hide = flags.quiet || flags.json ? () => undefined : showTransfer(transfer);
  const start = performance.now();
  try {
    const copied = await copy(cluster, ends, flags, transfer);
    hide();
    return show(copied, performance.now() - start, flags);
  } catch (error) {
    hide();
    if (!(error instanceof Error) || error.name !== "AbortError") throw error;
    process.stderr.write("stopped: nothing was changed\n");
    return stopped;
  } finally {
    forget();
    await cluster.close();
  }
}

async function copy(cluster: Cluster, [from, to]: readonly [End, End], flags: CpFlags, transfer: Transfer) {
  const { recursive = false, delete: mirror = false, type } = flags;
  if (recursive) return copyFolder(cluster, from, to, { mirror, type, transfer });
  if (to.isRemote) {
    const path = /(^|\/)$/.test(to.path) ? to.path + basename(from.path) : to.path;
    if (from.isRemote) return copyOne(cluster, from.path, path);
    await requireFile(from.path);
    return uploadFile(cluster, from.path, path, { type, transfer });
  }
  const isFolder = to.path.endsWith("/") || (await lookAt(`${to.path}/`))?.kind === "folder";
  const target = isFolder ? join(to.path, basename(from.path)) : to.path;
  return downloadFile(await cluster.files.read(from.path), target, transfer);
}

type FolderOptions = { mirror: boolean; type: string | undefined; transfer: Transfer };

function copyFolder(cluster: Cluster, from: End, to: End, options: FolderOptions): Promise<Copied> {
  if (!from.isRemote) return uploadFolder(cluster, from.path, prefixOf(to.path), options);
  const prefix = prefixOf(from.path);
  if (to.isRemote) return copyWithin(cluster, prefix, prefixOf(to.path), options.mirror);
  return downloadFolder(cluster, prefix, to.path, options);
}

async function copyOne(cluster: Cluster, source: string, target: string): Promise<Copied> {
  const ending = await cluster.files.copy(source, target);
  return { ending, written: 1, same: 0, deleted: 0, bytes: 0, skipped: [] };
}

function endOf(word: string): End {
  const isRemote = REMOTE.test(word);
  if (word === "" || word === "-") {
    throw new Problem("name a file; ayes write PATH - and ayes read PATH take the standard streams");
  }
  return { isRemote, path: word.replace(REMOTE, "") };
}

function requireSense([from, to]: readonly [End, End], { recursive, delete: mirror, type }: CpFlags): void {
  if (!from.isRemote && !to.isRemote) throw new Problem("one of the two must be in the cluster: ayes:PATH");
  if (mirror && !recursive) throw new Problem("--delete goes with -r");
  if (type !== undefined && (from.isRemote || !to.isRemote)) {
    throw new Problem("--type is for files that are copied to the cluster");
  }
}

async function requireFile(path: string): Promise<void> {
  const found = await lookAt(path);
  if (found?.kind === "folder") throw new Problem(`${JSON.stringify(path)} is a folder: copy it with -r`);
}

function show(copied: Copied, tookMs: number, flags: CpFlags): number {
  const printer = new Printer(viewOf(process.stdout, flags, "ayes "));
  const { ending, skipped } = copied;
  if (printer.view.json) {
    process.stdout.write(`${jsonLine(copiedFacts(copied, tookMs))}\n`);
  } else {
    for (const { path, why } of skipped) printer.say(harmless(`skipped: ${path}: ${why}`));
    if (ending) printer.show({ kind: "result", result: ending });
    printer.say(copiedText(copied, tookMs));
  }
  return ending ? exitCode({ kind: "result", result: ending }) : EXIT.done;
}
