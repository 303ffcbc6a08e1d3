/** One program at a time owns a data folder. (A second writer of a store would also be stopped by its incarnation.) */

import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AyesError } from "./errors.js";

type Owner = { pid: number; startedAt: string };

const FILE = "lock";

/** Takes the folder, or rejects with `in-use` and who has it. Returns how to let go. */
export function lockFolder(folder: string): () => void {
  const path = join(folder, FILE);
  for (;;) {
    try {
      const owner: Owner = { pid: process.pid, startedAt: startOf(process.pid) };
      writeFileSync(path, JSON.stringify(owner), { flag: "wx", mode: 0o600 });
      return () => rmSync(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") {
        throw new AyesError("not-writable", `${folder}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    const owner = readOwner(path);
    if (owner && isAlive(owner)) throw new AyesError("in-use", `${folder} is in use by process ${owner.pid}`);
    rmSync(path, { force: true });
  }
}

/** The process that has the folder, if it still runs. */
export function ownerOf(folder: string): number | undefined {
  const owner = readOwner(join(folder, FILE));
  return owner && isAlive(owner) ? owner.pid : undefined;
}

function readOwner(path: string): Owner | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Owner;
  } catch {
    return undefined; // Left behind half-written, or just let go.
  }
}

/** A number alone may have passed to another program; its start tells them apart where the system says it. */
function isAlive({ pid, startedAt }: Owner): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
  // One that has ended keeps its number until its parent asks how.
  return startOf(pid) === startedAt && statusOf(pid)[0] !== "Z";
}

/** When a process began, in ticks since boot with the boot's id; empty where the system does not say. */
function startOf(pid: number): string {
  const ticks = statusOf(pid)[19];
  if (ticks === undefined) return "";
  return `${readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()}/${ticks}`;
}

/** The fields of `/proc/PID/stat` after the name; none where the system does not have them. */
function statusOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
  } catch {
    return [];
  }
}
