/** A reader of a store sees what its owner has committed, wherever it stands, and only when it wants to. */

import t from "tap";
import { compareKeys } from "../../actors/range.js";
import type { Key, Write } from "../../actors/transaction.js";
import { randomFrom } from "../../runtime/simulation/random.js";
import { openLmdb } from "../../storage/lmdb.js";
import { StoreReader } from "../../storage/reader.js";
import type { Storage } from "../../storage/storage.js";
import { temporaryFolder } from "./folder.js";

const KEYS = 50_000;
const COMMITS = 1200;

function opened(folder: string): Storage {
  const storage = openLmdb({ folder, identity: { cluster: "abc", node: "n1" }, create: true });
  Array.from(storage.replay());
  return storage;
}

function renewed(reader: StoreReader): void {
  while (!reader.renew());
}

t.test("a reader sees the same as the owner, over several generations of what waits", async (t) => {
  const folder = temporaryFolder(t);
  const random = randomFrom(11);
  const anyKey = () => `key${Math.floor(random() * KEYS)}`;
  const storage = opened(folder);
  const readers = [new StoreReader(folder)];
  const model = new Map<Key, string>();
  for (let commit = 1; commit <= COMMITS; commit += 1) {
    const keys = new Set(Array.from({ length: 1 + Math.floor(random() * 120) }, anyKey));
    const writes = [...keys].map((key): Write => {
      return { key, value: random() < 0.1 ? undefined : `"${commit}"`, version: `t${commit}` };
    });
    storage.commit({ records: [], writes });
    for (const { key, value } of writes) {
      if (value === undefined) model.delete(key);
      else model.set(key, value as string);
    }
    if (commit === COMMITS / 2) readers.push(new StoreReader(folder)); // One that comes later.
    if (commit % 40 > 0) continue;
    const wanted = Array.from({ length: 300 }, anyKey);
    const range = { start: anyKey(), end: "key9" };
    const reverse = random() < 0.5;
    const page = storage.scan(range, 50, reverse);
    t.same(
      page.map(({ key }) => key),
      listed(model, range, reverse).slice(0, 50),
      "the owner's page",
    );
    for (const reader of readers) {
      renewed(reader);
      const wrong = wanted.filter((key) => reader.get(key)?.value !== model.get(key));
      t.same(wrong, [], `every key after ${commit} commits`);
      t.same(reader.scan(range, 50, reverse), page, "the same page");
    }
  }
  for (const reader of readers) reader.close();
  storage.close();
});

t.test("a reader stays at its moment until it is renewed", async (t) => {
  const folder = temporaryFolder(t);
  const storage = opened(folder);
  const reader = new StoreReader(folder);
  storage.commit({ records: [], writes: [{ key: "a", value: "1", version: "t1" }] });
  renewed(reader);
  storage.commit({ records: [], writes: [{ key: "a", value: "2", version: "t2" }] });
  t.equal(reader.get("a")?.version, "t1");
  await new Promise((resolve) => setTimeout(resolve, 20)); // The library forgets its own moment between turns.
  t.equal(reader.get("a")?.version, "t1");
  renewed(reader);
  t.equal(reader.get("a")?.version, "t2");
  reader.rest();
  t.throws(() => reader.scan({}, 1), "one that rests has no moment");
  reader.close();
  storage.close();
});

t.test("a store grows far beyond its first size under its readers", async (t) => {
  const folder = temporaryFolder(t);
  const storage = opened(folder);
  const reader = new StoreReader(folder);
  const value = new Uint8Array(512 * 1024).fill(1);
  for (let index = 0; index < 120; index += 1) {
    storage.commit({ records: [], writes: [{ key: `k${index}`, value, version: `t${index}` }] });
    renewed(reader);
    t.equal(reader.get(`k${index}`)?.value.length, value.length);
    t.equal(reader.get(`k${index >> 1}`)?.version, `t${index >> 1}`);
  }
  reader.close();
  storage.close();
});

t.test("keys are in the order of their bytes, wherever they stand", async (t) => {
  const folder = temporaryFolder(t);
  const keys = ["a", "é", "\ue000", "\u{10000}", "\u{1f600}", "b", "\uffff"];
  opened(folder).commit({ records: [], writes: keys.slice(0, 4).map((key) => ({ key, value: "0", version: "t" })) });
  const storage = opened(folder); // As after a crash; what waited is in its place now.
  storage.commit({ records: [], writes: keys.slice(4).map((key) => ({ key, value: "0", version: "t" })) });
  const reader = new StoreReader(folder);
  renewed(reader);
  const sorted = [...keys].sort(compareKeys);
  t.same(
    storage.scan({}, 10).map(({ key }) => key),
    sorted,
  );
  t.same(
    reader.scan({}, 10).map(({ key }) => key),
    sorted,
  );
  t.same(
    reader.scan({}, 10, true).map(({ key }) => key),
    sorted.reverse(),
  );
  reader.close();
  storage.close();
});

function listed(model: ReadonlyMap<Key, string>, { start, end }: { start: Key; end: Key }, reverse: boolean): Key[] {
  const keys = [...model.keys()].filter((key) => key >= start && key < end).sort(compareKeys);
  return reverse ? keys.reverse() : keys;
}
