/** What every storage promises, whatever it is made of. */

import type { Test } from "tap";
import type { Forgotten } from "../../actors/record.js";
import type { KeyRange } from "../../actors/transaction.js";
import { randomFrom } from "../../runtime/simulation/random.js";
import type { Storage } from "../../storage/storage.js";
import { Lives } from "./lives.js";
import { concluded, decided, ended, living, prepared, put, VERSION } from "./records.js";

/** Opens the same store again at each call. */
export type OpenStorage = () => Storage;

export function storageContract(t: Test, name: string, setup: (t: Test) => OpenStorage): void {
  const promise = (what: string, check: (t: Test, open: OpenStorage) => void) =>
    t.test(`${name}: ${what}`, async (t) => check(t, setup(t)));
  promise("the epoch rises at each opening", risingEpoch);
  promise("a commit is visible as a whole, also after re-opening", wholeCommit);
  promise("a commit that fails half-way leaves nothing", nothingOfAFailure);
  promise("a replay says what later records did not supersede, in the order of each subject", replayInOrder);
  promise("forgetting drops what it names, and the horizon before it", forgetting);
  promise("any sequence of commits and openings replays to what a plain list would hold", anySequence);
  promise("values come back exactly, and can be overwritten and deleted", exactValues);
  promise("any well-formed text of up to 1,024 bytes is a key", oddKeys);
  promise("keys are listed in order, from a prefix, up to a limit", listedKeys);
  promise("an older incarnation can no longer commit", fencing);
  promise("what the caller changes after the commit is not changed in the store", copiedValues);
  promise("the statistics count keys and log records", statistics);
}

/** A store that is ready to be written. */
export function ready(open: OpenStorage): Storage {
  const storage = open();
  Array.from(storage.replay());
  return storage;
}

function risingEpoch(t: Test, open: OpenStorage): void {
  let last = 0;
  for (let opening = 0; opening < 4; opening += 1) {
    const storage = ready(open);
    t.ok(storage.epoch > last, `${storage.epoch} is more than ${last}`);
    last = storage.epoch;
    storage.commit({ records: [], writes: [put(`k${opening}`, "1")] });
    t.equal(storage.epoch, last, "and stays the same while it is open");
    storage.close();
  }
}

function wholeCommit(t: Test, open: OpenStorage): void {
  const storage = ready(open);
  t.equal(storage.get("a"), undefined);
  storage.commit({ records: [prepared("t1")], writes: [put("a", "1"), put("b", "2")] });
  const seen = (from: Storage) => [from.get("a"), from.get("b"), [...from.replay()]];
  const wanted = [{ value: "1", version: VERSION }, { value: "2", version: VERSION }, [prepared("t1")]];
  t.same(seen(storage), wanted);
  storage.close();
  const again = open();
  t.same(seen(again), wanted);
  again.close();
}

function nothingOfAFailure(t: Test, open: OpenStorage): void {
  const storage = ready(open);
  storage.commit({ records: [prepared("t1")], writes: [put("a", "1")] });
  // Its fields are read where the row is written, in the middle of the commit.
  const broken = prepared("t2");
  Object.defineProperty(broken, "coordinator", {
    enumerable: true,
    get: () => {
      throw new Error("half-way");
    },
  });
  t.throws(() => storage.commit({ records: [concluded("t1"), broken], writes: [put("a", "2")] }));
  t.same(storage.get("a"), { value: "1", version: VERSION });
  storage.close();
  const again = open();
  t.same([...again.replay()], [prepared("t1")]);
  t.same(again.get("a"), { value: "1", version: VERSION });
  again.close();
}

function replayInOrder(t: Test, open: OpenStorage): void {
  const storage = ready(open);
  storage.commit({ records: [prepared("t1"), prepared("t2"), decided("t1")], writes: [] });
  storage.commit({ records: [concluded("t1"), prepared("t3")], writes: [] });
  storage.commit({ records: [decided("t3"), ended("t1"), prepared("t4"), concluded("t4")], writes: [] });
  const wanted = [prepared("t2"), concluded("t1"), prepared("t3"), decided("t3"), ended("t1"), concluded("t4")];
  t.same(living(storage.replay()), living(wanted), "before re-opening");
  t.equal(storage.stats().logRecords, wanted.length, "only the living count");
  storage.close();
  const again = open();
  t.same(living(again.replay()), living(wanted), "after re-opening");
  t.same(living(again.replay()), living(wanted), "a second time");
  t.equal(again.stats().logRecords, wanted.length);
  again.commit({ records: [concluded("t2"), concluded("t3")], writes: [] });
  again.close();
  const third = open();
  const all = living([...wanted, concluded("t2"), concluded("t3")]);
  t.same(living(third.replay()), all, "what an earlier incarnation wrote is superseded");
  third.close();
}

const FORGOTTEN = { kind: "forgotten", role: "participant" } as const;

function forgetting(t: Test, open: OpenStorage): void {
  const storage = ready(open);
  const forgotten = (txns: string[], ordered: string): Forgotten => ({
    ...FORGOTTEN,
    txns,
    horizon: { ordered, other: false },
  });
  storage.commit({ records: [prepared("t1"), prepared("t9")], writes: [] });
  storage.commit({ records: [concluded("t1"), concluded("t2"), ended("t1"), concluded("t3")], writes: [] });
  storage.commit({ records: [forgotten(["t1"], "t1")], writes: [] });
  storage.commit({ records: [forgotten(["t2"], "t2")], writes: [] });
  storage.close();
  const again = open();
  const found = [...again.replay()];
  t.same(living(found), living([prepared("t9"), ended("t1"), concluded("t3"), forgotten(["t2"], "t2")]));
  t.notOk(
    found.some((record) => record.kind === "prepared" && record.txn === "t1"),
    "what was forgotten does not come back",
  );
  again.close();
}

/** A small deterministic model check: the store against a list. Some of these seeds found something once. */
function anySequence(t: Test, open: OpenStorage): void {
  for (const seed of [7, 29, 130, 166, 205]) followSeed(t, open, seed);
}

function followSeed(t: Test, open: OpenStorage, seed: number): void {
  const random = randomFrom(seed);
  const lives = new Lives(random, `${seed}-`);
  let storage = ready(open);
  const model = [...storage.replay()];
  for (let commit = 0; commit < 120; commit += 1) {
    const records = lives.commit();
    storage.commit({ records, writes: [put(`k${commit % 9}`, commit % 4 === 0 ? undefined : `${commit}`)] });
    model.push(...records);
    if (random() >= 0.1) continue;
    storage.close();
    storage = open();
    t.same(living(storage.replay()), living(model), `seed ${seed}, after ${commit} commits`);
    t.equal(storage.stats().logRecords, Object.values(living(model)).flat().length);
  }
  storage.close();
}

function exactValues(t: Test, open: OpenStorage): void {
  const storage = ready(open);
  const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
  const values = ["", "0", '{"a":[1,null,"\\u0000"]}', '"\u{1F600} ä"', "x".repeat(1 << 20), bytes, new Uint8Array(0)];
  const check = (from: Storage) => {
    for (const [index, value] of values.entries()) {
      const found = from.get(`k${index}`)?.value;
      t.equal(typeof found, typeof value, `value ${index} keeps its type`);
      t.ok(
        typeof value === "string" ? found === value : Buffer.compare(value, found as Uint8Array) === 0,
        `value ${index}`,
      );
    }
  };
  storage.commit({ records: [], writes: values.map((value, index) => put(`k${index}`, value)) });
  check(storage);
  storage.commit({
    records: [],
    writes: [put("k0", '"other"', "t2"), put("k1", undefined, "t2"), put("none", undefined)],
  });
  t.same(storage.get("k0"), { value: '"other"', version: "t2" });
  t.equal(storage.get("k1"), undefined);
  storage.commit({ records: [], writes: [put("k0", ""), put("k1", "0")] });
  storage.close();
  const again = ready(open);
  check(again);
  again.close();
}

/** Keys that code trips over. */
const ODD_KEYS = [
  "__proto__",
  "constructor",
  "toString",
  " ",
  "\u0000",
  "a\u0000b",
  "\u0000\u0000a",
  "\u0001",
  "\u001f",
  "\u007f",
  "\n\t",
  "ä",
  "\u{1F600}",
  "\uffff",
  "é",
  "e\u0301",
  "1",
  "01",
  "-1",
  "null",
  "../a",
  "x".repeat(1024),
  `${"x".repeat(1023)}y`,
  "ä".repeat(512),
  "\u{1F600}".repeat(256),
  "\u0000".repeat(1024),
  "\u0001".repeat(1024),
];

function oddKeys(t: Test, open: OpenStorage): void {
  const storage = ready(open);
  const check = (from: Storage) => {
    for (const [index, key] of ODD_KEYS.entries()) {
      t.same(from.get(key), { value: String(index), version: VERSION }, JSON.stringify(key.slice(0, 20)));
    }
    t.same(new Set(from.keys("", 100)), new Set(ODD_KEYS), "each is listed as it was given");
    for (const key of ODD_KEYS)
      t.ok(from.keys(key, 100).includes(key), `listed from ${JSON.stringify(key.slice(0, 20))}`);
  };
  storage.commit({ records: [], writes: ODD_KEYS.map((key, index) => put(key, String(index))) });
  check(storage);
  storage.close();
  const again = ready(open);
  check(again);
  again.close();
}

function listedKeys(t: Test, open: OpenStorage): void {
  const storage = ready(open);
  const keys = ["b/2", "a", "b/10", "b", "c", "b/", "b/1", "B", "b0", "ä", "z", "😀", "\uffff"];
  storage.commit({ records: [], writes: keys.map((key) => put(key, "1")) });
  t.same(storage.keys("", 100), ["B", "a", "b", "b/", "b/1", "b/10", "b/2", "b0", "c", "z", "ä", "\uffff", "😀"]);
  t.same(storage.keys("b/", 100), ["b/", "b/1", "b/10", "b/2"]);
  t.same(storage.keys("b/1", 100), ["b/1", "b/10"]);
  t.same(storage.keys("b", 3), ["b", "b/", "b/1"]);
  t.same(storage.keys("nothing", 100), []);
  storage.commit({ records: [], writes: [put("b/1", undefined)] });
  t.same(storage.keys("b/", 2), ["b/", "b/10"], "without what was deleted");
  const scanned = (range: KeyRange, limit: number) => {
    const forward = storage.scan(range, 100).map(({ key }) => key);
    const backward = storage.scan(range, limit, true).map(({ key }) => key);
    t.same(backward, forward.reverse().slice(0, limit), "in reverse, the last ones first");
    return storage.scan(range, limit).map(({ key }) => key);
  };
  t.same(scanned({}, 3), ["B", "a", "b"]);
  t.same(scanned({ start: "b" }, 3), ["b", "b/", "b/10"], "from the key on");
  t.same(scanned({ start: "b\0", end: "b0" }, 9), ["b/", "b/10", "b/2"], "after a key, and before the end");
  t.same(scanned({ start: "c" }, 9), ["c", "z", "ä", "\uffff", "😀"], "in the order of bytes, not of UTF-16");
  t.same(scanned({ end: "B" }, 9), []);
  t.same(scanned({ start: "😀😀" }, 9), []);
  t.same(scanned({ start: "b", end: "b" }, 9), []);
  t.same(storage.scan({ start: "d" }, 1), [{ key: "z", stored: { value: "1", version: VERSION } }]);
  storage.close();
}

function fencing(t: Test, open: OpenStorage): void {
  const older = ready(open);
  older.commit({ records: [prepared("t1")], writes: [put("a", "1")] });
  const newer = ready(open);
  const intrude = () => older.commit({ records: [concluded("t1")], writes: [put("a", "2"), put("b", "2")] });
  t.throws(intrude, { name: "Broken", code: "fenced" });
  newer.commit({ records: [prepared("t2")], writes: [put("c", "3")] });
  t.throws(intrude, { code: "fenced" }, "for good");
  t.same([newer.get("a"), newer.get("b")], [{ value: "1", version: VERSION }, undefined]);
  t.same(living(newer.replay()), living([prepared("t1"), prepared("t2")]));
  newer.close();
  older.close();
}

function copiedValues(t: Test, open: OpenStorage): void {
  const storage = ready(open);
  const bytes = Uint8Array.of(1, 2, 3);
  const record = prepared("t1");
  storage.commit({ records: [record], writes: [put("a", bytes)] });
  bytes[0] = 9;
  record.participants.push("stranger");
  t.same(storage.get("a")?.value, Uint8Array.of(1, 2, 3));
  t.same([...storage.replay()], [prepared("t1")]);
  storage.close();
}

function statistics(t: Test, open: OpenStorage): void {
  const storage = ready(open);
  t.match(storage.stats(), { keys: 0, logRecords: 0 });
  storage.commit({ records: [prepared("t1"), decided("t1")], writes: [put("a", "1"), put("b", "1")] });
  t.match(storage.stats(), { keys: 2, logRecords: 2 });
  storage.commit({ records: [concluded("t1")], writes: [put("a", "2"), put("b", undefined)] });
  t.match(storage.stats(), { keys: 1, logRecords: 2 });
  t.ok(storage.room() > 0);
  storage.close();
}
