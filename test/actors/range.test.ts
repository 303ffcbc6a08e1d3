/** Ranges in the order of bytes, their versions, and pages of them. */

import t from "tap";
import { pageOf } from "../../actors/page.js";
import { afterKey, compareKeys, isWithin, prefixRange, rangeVersion } from "../../actors/range.js";
import type { Entry, KeyRange } from "../../actors/transaction.js";

const TEXTS = [
  "",
  "\0",
  "\u0001",
  "A",
  "a",
  "a\0",
  "a\0b",
  "aa",
  "b",
  "ä",
  "\ud7ff",
  "",
  "\uffff",
  "😀",
  "😀a",
  "\u{10ffff}",
];

t.test("keys are compared as their bytes are", async (t) => {
  for (const left of TEXTS) {
    for (const right of TEXTS) {
      const bytes = Buffer.compare(Buffer.from(left), Buffer.from(right));
      t.equal(Math.sign(compareKeys(left, right)), bytes, JSON.stringify([left, right]));
    }
  }
});

t.test("the range of a prefix has exactly the keys that begin with it", async (t) => {
  for (const prefix of TEXTS) {
    const range = prefixRange(prefix);
    for (const key of [...TEXTS, ...TEXTS.map((text) => prefix + text)]) {
      t.equal(isWithin(key, range), key.startsWith(prefix), JSON.stringify([prefix, key]));
    }
  }
});

t.test("nothing lies between a key and the one after it", async (t) => {
  for (const key of TEXTS) {
    t.ok(compareKeys(key, afterKey(key)) < 0);
    for (const other of TEXTS) t.notOk(compareKeys(key, other) < 0 && compareKeys(other, afterKey(key)) < 0);
  }
});

const entry = (key: string, version = "t1", value = "1"): Entry => ({ key, stored: { value, version } });

t.test(
  "a range has another version when a key in it has come, gone, changed, or given way to another one",
  async (t) => {
    const version = rangeVersion([entry("a"), entry("b")]);
    t.equal(rangeVersion([entry("a"), entry("b", "t1", "2")]), version, "the version of a key stands for its value");
    for (const other of [
      [],
      [entry("a")],
      [entry("a"), entry("b", "t2")],
      [entry("a"), entry("c")],
      [entry("at1b", "t1")],
    ]) {
      t.not(rangeVersion(other), version);
    }
  },
);

t.test("a page covers what it shows, and says whether there is more", async (t) => {
  const all = Array.from({ length: 200 }, (_, index) => entry(`k${String(index).padStart(3, "0")}`));
  const scan = (range: KeyRange, limit: number, reverse = false) => {
    const found = all.filter(({ key }) => isWithin(key, range));
    return (reverse ? found.reverse() : found).slice(0, limit);
  };
  const range = { start: "k010", end: "k150" };
  for (const reverse of [false, true]) {
    for (const limit of [1, 63, 64, 65, 139, 140, 141, 1000]) {
      const page = pageOf({ range, limit, reverse }, { scan });
      const expected = scan(range, limit, reverse);
      t.same(page.entries, expected, `${limit} ${reverse ? "in reverse" : ""}`);
      t.same(scan(page.covered, 1000, reverse), expected, "nothing else lies in what it covers");
      t.equal(page.version, rangeVersion(scan(page.covered, 1000)), "its version is that of what it covers");
      t.equal(page.more, limit < 140);
      if (!page.more) t.same(page.covered, range);
    }
  }
  const large = [entry("a", "t1", "x".repeat(3 << 20)), entry("b", "t1", "x".repeat(3 << 20)), entry("c")];
  const page = pageOf(
    { range: {}, limit: 9, reverse: false },
    { scan: (range, limit) => large.filter(({ key }) => isWithin(key, range)).slice(0, limit) },
  );
  t.same([page.entries.length, page.more, page.covered], [2, true, { end: "b\0" }], "a page has a bound in bytes");
});
