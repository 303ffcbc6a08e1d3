/** Data that waits in redo rows reads as if it were in its place, at every moment and after every opening. */

import t from "tap";
import type { Write } from "../../actors/transaction.js";
import { randomFrom } from "../../runtime/simulation/random.js";
import { openLmdb } from "../../storage/lmdb.js";
import type { Storage } from "../../storage/storage.js";
import { temporaryFolder } from "./folder.js";

const KEYS = 60_000;
const COMMITS = 1400;

function opened(folder: string): Storage {
  const storage = openLmdb({ folder, identity: { cluster: "abc", node: "n1" }, create: true });
  Array.from(storage.replay());
  return storage;
}

t.test("puts and deletes over several generations, with openings after a crash in between", async (t) => {
  const folder = temporaryFolder(t);
  const random = randomFrom(7);
  const model = new Map<string, string>();
  let storage = opened(folder);
  for (let commit = 1; commit <= COMMITS; commit += 1) {
    const writes = batch(random, commit);
    storage.commit({ records: [], writes });
    for (const { key, value } of writes) {
      if (value === undefined) model.delete(key);
      else model.set(key, value as string);
    }
    if (commit % 700 === 0) {
      t.equal(storage.stats().keys, model.size, `the count of keys after ${commit} commits`);
      t.equal(difference(storage, model), 0, `every key reads as it should after ${commit} commits`);
      storage = opened(folder); // As after a crash: nobody closed it.
      t.equal(difference(storage, model), 0, "and after opening it again");
    }
  }
  const first = [...model.keys()].filter((key) => key.startsWith("key1")).sort();
  t.same(storage.keys("key1", 50), first.slice(0, 50), "listings see what waits");
  storage.close();
  const last = opened(folder);
  t.equal(difference(last, model), 0, "and after a clean end");
  last.close();
});

t.test("large values wait too, within bounds", async (t) => {
  const storage = opened(temporaryFolder(t));
  const value = new Uint8Array(1024 * 1024).fill(7);
  for (let index = 0; index < 40; index += 1) {
    storage.commit({ records: [], writes: [{ key: `k${index % 10}`, value, version: `t${index}` }] });
  }
  t.equal(storage.get("k9")?.version, "t39");
  t.equal(storage.stats().keys, 10);
  storage.close();
});

function batch(random: () => number, commit: number): Write[] {
  const keys = new Set(
    Array.from({ length: 1 + Math.floor(random() * 120) }, () => `key${Math.floor(random() * KEYS)}`),
  );
  return [...keys].map((key) => {
    return { key, value: random() < 0.1 ? undefined : `"${commit}"`, version: `t${commit}` };
  });
}

function difference(storage: Storage, model: ReadonlyMap<string, string>): number {
  let wrong = 0;
  for (let index = 0; index < KEYS; index += 1) {
    if (storage.get(`key${index}`)?.value !== model.get(`key${index}`)) wrong += 1;
  }
  return wrong;
}
