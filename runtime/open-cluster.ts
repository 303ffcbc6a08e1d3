/** Opens a cluster: finds or makes its folder, locks it, and leaves nothing behind when that fails. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve as resolvePath } from "node:path";
import type { Cluster } from "./api.js";
import { EmbeddedCluster } from "./cluster.js";
import { checkShapeOptions, makeFolder, readShape } from "./config.js";
import { AyesError } from "./errors.js";
import { lockFolder } from "./lock-file.js";
import type { OpenOptions } from "./open-options.js";
import { makeSocketFolder } from "./transport/socket-folder.js";

/** Opens the cluster in a data folder, or makes it. Resolves when every node serves. */
export async function openCluster(options: OpenOptions): Promise<Cluster> {
  if (options.detour !== undefined && !(options.chaos && options.hosts === "processes")) {
    throw new AyesError("invalid", "a detour goes with chaos and nodes in processes only");
  }
  checkShapeOptions(options);
  const folder = options.temporary ? mkdtempSync(join(tmpdir(), "ayes-")) : resolvePath(options.data ?? "ayes-data");
  const cleanUp: (() => void)[] = [];
  if (options.temporary) cleanUp.push(() => rmSync(folder, { recursive: true, force: true }));
  try {
    makeFolder(folder);
    cleanUp.unshift(lockFolder(folder));
    const shape = readShape(folder, options);
    const sockets = options.hosts === "processes" ? makeSocketFolder(folder) : "";
    if (sockets) cleanUp.unshift(() => rmSync(sockets, { recursive: true, force: true }));
    const cluster = new EmbeddedCluster({ folder, shape, sockets, options, cleanUp });
    await cluster.start();
    return cluster;
  } catch (error) {
    for (const work of cleanUp) work();
    throw error;
  }
}
