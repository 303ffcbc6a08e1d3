/** The contract of storages, for the one in memory and the one on disk. */

import { join } from "node:path";
import t from "tap";
import { openLmdb } from "../../storage/lmdb.js";
import { MemoryStorage } from "../../storage/memory.js";
import { MemoryDisk } from "../../storage/memory-disk.js";
import { temporaryFolder } from "../storage/folder.js";
import { storageContract } from "./storage.js";

storageContract(t, "memory", () => {
  const disk = new MemoryDisk();
  return () => new MemoryStorage(disk);
});

storageContract(t, "lmdb", (t) => {
  const folder = join(temporaryFolder(t), "n1");
  return () => openLmdb({ folder, identity: { cluster: "abc", node: "n1" }, create: true });
});
