/** Attached folders over a connection: they are of the computer that the cluster is on, and take part in its own transactions. */

import { resolve } from "node:path";
import type { Result } from "../api.js";
import type { FolderStatus, Folders } from "../folders-api.js";
import { DEFAULT_DEADLINE_MS } from "../validation.js";
import type { LinkCalls } from "./link-calls.js";

/** A disk may be slow, and many files take a while to reach it. */
const DISK_MS = 10 * 60_000;

export function linkFolders(calls: LinkCalls): Folders {
  return {
    attach: async (name, dir) => {
      // A path of the caller's, on the same computer.
      const place = typeof dir === "string" && dir !== "" ? resolve(dir) : dir;
      return (await calls.call("attachFolder", [name, place], DISK_MS)) as FolderStatus;
    },
    detach: async (name) => {
      await calls.call("detachFolder", [name], DISK_MS);
    },
    list: async () => (await calls.call("listFolder", [], DEFAULT_DEADLINE_MS)) as FolderStatus[],
    undo: async (name) => (await calls.call("undoFolder", [name], DISK_MS)) as Result,
  };
}
