/** Files and folders of one name: who is in whose way, in one transaction and in two at once. */

import t from "tap";
import { fileKey, pathIn } from "../../actors/file.js";
import { folderKeys, obstacleTo } from "../../actors/file-tree.js";
import { LockTable } from "../../actors/locks.js";
import { compareKeys, isWithin } from "../../actors/range.js";
import { type Entry, footprint, type KeyRange, type Operation, type Write } from "../../actors/transaction.js";

const VALUE = JSON.stringify({ size: 0, digest: "0".repeat(64), inline: "" });

/** A store with these files. */
function holding(paths: readonly string[]) {
  const entries = paths
    .map((path): Entry => ({ key: fileKey(path), stored: { value: VALUE, version: "t0" } }))
    .sort((left, right) => compareKeys(left.key, right.key));
  return {
    read: (key: string) => entries.find((entry) => entry.key === key)?.stored,
    scan: (range: KeyRange, limit: number) => entries.filter(({ key }) => isWithin(key, range)).slice(0, limit),
  };
}

/** `a`, or `-a` to delete it. */
function writes(...paths: string[]): Write[] {
  return paths.map((path) =>
    path.startsWith("-")
      ? { key: fileKey(path.slice(1)), value: undefined, version: "t1" }
      : { key: fileKey(path), value: VALUE, version: "t1" },
  );
}

t.test("a file is in the folders that its path names", async (t) => {
  t.same(folderKeys(fileKey("a/b/c")).map(pathIn), ["a", "a/b"]);
  t.same(folderKeys(fileKey("a")), []);
  t.same(folderKeys("a/b"), [], "a user's key is in no folder");
});

t.test("no file stands where another one needs a folder", async (t) => {
  const cases: [there: string[], wanted: string[], obstacle: string | undefined][] = [
    [[], ["a", "b"], undefined],
    [[], ["a", "a/b"], "a"],
    [[], ["a/b", "a"], "a"],
    [[], ["a/b/c", "a/b"], "a/b"],
    [["a"], ["a/b"], "a"],
    [["a"], ["a/b/c"], "a"],
    [["a/b"], ["a"], "a/b"],
    [["a/b/c"], ["a"], "a/b/c"],
    [["a/b"], ["a/c"], undefined],
    [["a"], ["a"], undefined],
    [["a"], ["-a", "a/b"], undefined],
    [["a"], ["a/b", "-a"], undefined],
    [["a/b"], ["a", "-a/b"], undefined],
    [["a/b", "a/c"], ["a", "-a/b"], "a/c"],
    [["a/b", "a/c", "a/d"], ["a", "-a/b", "-a/c", "-a/d"], undefined],
    [["a/b", "a/c", "a/d", "a/e"], ["a", "-a/b", "-a/c", "-a/d"], "a/e"],
    [["a"], ["-a", "-a/b"], undefined],
    [["a-b", "a.b", "ab", "a0"], ["a"], undefined],
    [["a-b/c"], ["a"], undefined],
    [["a"], ["ab", "a-b/c"], undefined],
  ];
  for (const [there, wanted, obstacle] of cases) {
    t.equal(obstacleTo(writes(...wanted), holding(there)), obstacle, `${wanted} where there is ${there}`);
  }
});

t.test("keys of users are in nobody's way", async (t) => {
  const keys: Write[] = ["a", "a/b"].map((key) => ({ key, value: "1", version: "t1" }));
  t.equal(obstacleTo(keys, holding([])), undefined);
  t.equal(obstacleTo([...keys, ...writes("a")], holding([])), undefined);
});

t.test("of two transactions at once, one of a file and one of a folder of that name, the first one wins", async (t) => {
  const put = (path: string): Operation => ({ op: "put", key: fileKey(path), value: VALUE });
  const footprintOf = (path: string) =>
    footprint(
      [put(path)],
      [],
      () => [],
      (operation) => folderKeys(operation.key),
    );
  const pairs: [string, string, boolean][] = [
    ["a", "a/b", true],
    ["a/b", "a", true],
    ["a/b/c", "a", true],
    ["a/b/c", "a/b", true],
    ["a/b", "a/b", true],
    ["a/b", "a/c", false],
    ["a/b/c", "a/d", false],
    ["a", "ab", false],
  ];
  for (const [first, second, meet] of pairs) {
    const locks = new LockTable();
    locks.acquire("t1", footprintOf(first));
    t.equal(locks.conflict(footprintOf(second))?.winner, meet ? "t1" : undefined, `${first} before ${second}`);
  }
});
