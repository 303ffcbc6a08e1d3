/** What a cluster that has stopped must not leave behind: files in its folder, processes that still have it open. */

import { readdirSync, readFileSync } from "node:fs";

/** Everything that a data folder without files holds while nobody has it open. */
const KNOWN =
  /^(cluster\.json|epochs\.json|nodes(\/[cn]\d(\/(node\.json|mark|contents|staged|lmdb(\/(data|lock)\.mdb)?))?)?)$/;

/** Files and folders that do not belong in the data folder of a closed cluster. */
export function strayFiles(data: string): string[] {
  const names = readdirSync(data, { recursive: true, encoding: "utf8" });
  return names.map((name) => name.replaceAll("\\", "/")).filter((name) => !KNOWN.test(name));
}

/** Other processes that have a file of this folder open (where the system tells). */
export function strayProcesses(data: string): string[] {
  return list("/proc").filter((pid) => /^\d+$/.test(pid) && pid !== String(process.pid) && maps(pid).includes(data));
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function maps(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/maps`, "utf8");
  } catch {
    return "";
  }
}
