/** The contract of storages, for the one in memory and the one on disk. */

import { join } from "node:path";
import t, { type Test } from "tap";
import type { Retention } from "../../storage/changes.js";
import { openLmdb } from "../../storage/lmdb.js";
import { MemoryStorage } from "../../storage/memory.js";
import { MemoryDisk } from "../../storage/memory-disk.js";
import { temporaryFolder } from "../storage/folder.js";
import { changesContract } from "./changes.js";
import { storageContract } from "./storage.js";

const inMemory = () => {
  const disk = new MemoryDisk();
  return (retained?: Retention) => new MemoryStorage(disk, retained);
};

const onDisk = (t: Test) => {
  const folder = join(temporaryFolder(t), "n1");
  const identity = { cluster: "abc", node: "n1" };
  return (retained?: Retention) => openLmdb({ folder, identity, create: true, retainedChanges: retained?.changes });
};

storageContract(t, "memory", inMemory);
storageContract(t, "lmdb", onDisk);
changesContract(t, "memory", inMemory);
changesContract(t, "lmdb", onDisk);
