/** A store that is not what it was is refused, says what was found and what to do, and is left as it is. */

import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { sealText } from "../../storage/codec.js";
import { FORMAT } from "../../storage/guard.js";
import { openLmdb } from "../../storage/lmdb.js";
import type { Storage } from "../../storage/storage.js";
import { prepared, put } from "../contract/records.js";
import { temporaryFolder } from "./folder.js";
import { inverted, snapshot } from "./snapshot.js";

const CLUSTER = "abc";
const MARKER = "MARKER-OF-THE-VALUE";

function openStore(folder: string, create = false, node = "n1", cluster = CLUSTER): Storage {
  const storage = openLmdb({ folder, identity: { cluster, node }, create });
  try {
    Array.from(storage.replay());
  } catch (error) {
    storage.close();
    throw error;
  }
  return storage;
}

/** Makes a store, or goes on with it, and commits some data. */
function fill(folder: string, commits: number, node = "n1", cluster = CLUSTER): void {
  const storage = openStore(folder, true, node, cluster);
  for (let commit = 0; commit < commits; commit += 1) {
    storage.commit({ records: [], writes: [put(`k${commit}`, `"${"x".repeat(3000)}"`)] });
  }
  storage.close();
}

function filled(t: Test): { folder: string; data: string } {
  const folder = join(temporaryFolder(t), "n1");
  fill(folder, 20);
  return { folder, data: join(folder, "lmdb", "data.mdb") };
}

type Refusal = { code: string; message: RegExp };

/** Refused once and again, whether a store may be made there or not, without a change on disk. */
function refused(t: Test, folder: string, refusal: Refusal, creates = [false, true]): void {
  const before = snapshot(folder);
  for (const create of creates) {
    t.throws(() => openStore(folder, create), { name: "Broken", ...refusal }, `create: ${create}`);
    t.same(snapshot(folder), before, "nothing changed on disk");
  }
}

t.test("a missing store is not made when it should be there", async (t) => {
  const folder = temporaryFolder(t);
  refused(t, folder, { code: "no-store", message: /holds no store of n1; put its folder back/ }, [false]);
  t.throws(() => openStore(join(folder, "nowhere")), { code: "no-store" });
});

t.test("a data file of 0 bytes is not opened as a new store", async (t) => {
  const { folder, data } = filled(t);
  truncateSync(data, 0);
  refused(t, folder, { code: "empty-store", message: /held data and is empty now; put its data back/ });
});

t.test("a missing data file is not made again", async (t) => {
  const { folder, data } = filled(t);
  rmSync(data);
  refused(t, folder, { code: "empty-store", message: /put its data back/ });
  rmSync(join(folder, "lmdb"), { recursive: true });
  refused(t, folder, { code: "empty-store", message: /put its data back/ });
  rmSync(join(folder, "mark"));
  refused(t, folder, { code: "empty-store", message: /put its data back/ });
});

t.test("a new, empty environment in place of the old one is refused", async (t) => {
  const { folder } = filled(t);
  const other = join(temporaryFolder(t), "n1");
  fill(other, 0);
  rmSync(join(folder, "lmdb"), { recursive: true });
  renameSync(join(other, "lmdb"), join(folder, "lmdb"));
  t.throws(() => openStore(folder), { name: "Broken", code: /damaged-store|stale-store/ });
});

t.test("a cut data file is refused before it is read", async (t) => {
  const { folder, data } = filled(t);
  const whole = statSync(data).size;
  for (const size of [whole - 1, whole - 4096, whole >> 1, 1]) {
    truncateSync(data, size);
    refused(t, folder, {
      code: "damaged-store",
      message: /was cut, or is an older copy: it had \d+ bytes and has \d+; restore/,
    });
  }
});

t.test("an older copy of the data is refused", async (t) => {
  const { folder } = filled(t);
  const copy = join(temporaryFolder(t), "copy");
  cpSync(join(folder, "lmdb"), copy, { recursive: true });
  // A commit of its own, in a file of the same size.
  openStore(folder).close();
  rmSync(join(folder, "lmdb"), { recursive: true });
  cpSync(copy, join(folder, "lmdb"), { recursive: true });
  refused(t, folder, { code: "stale-store", message: /an older copy: it ends at commit \d+, but commit \d+ was done/ });
});

t.test("another node's or another cluster's folder is refused", async (t) => {
  const { folder } = filled(t);
  t.throws(() => openStore(folder, false, "n2"), { code: "foreign-store", message: /belongs to node n1 .* not to n2/ });
  t.throws(() => openStore(folder, true, "n1", "xyz"), { code: "foreign-store", message: /cluster abc/ });
  openStore(folder).close();
});

t.test("another node's environment in this node's folder is refused", async (t) => {
  for (const [node, cluster] of [
    ["n2", CLUSTER],
    ["n1", "xyz"],
  ] as const) {
    const { folder } = filled(t);
    const other = join(temporaryFolder(t), "other");
    fill(other, 30, node, cluster);
    rmSync(join(folder, "lmdb"), { recursive: true });
    cpSync(join(other, "lmdb"), join(folder, "lmdb"), { recursive: true });
    refused(t, folder, { code: "foreign-store", message: new RegExp(`node ${node} of cluster ${cluster}`) });
  }
});

t.test("a store of another format is refused", async (t) => {
  const { folder } = filled(t);
  writeFileSync(
    join(folder, "node.json"),
    sealText(JSON.stringify({ format: FORMAT + 1, cluster: CLUSTER, node: "n1" })),
  );
  refused(t, folder, {
    code: "other-version",
    message: new RegExp(`format ${FORMAT + 1}; this version of ayes reads ${FORMAT}`),
  });
});

t.test("a changed byte in a file beside the environment is noticed", async (t) => {
  for (const name of ["node.json", "mark"]) {
    const { folder } = filled(t);
    const bytes = readFileSync(join(folder, name));
    for (const at of [0, bytes.indexOf(":") + 1, bytes.length - 2]) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
      writeFileSync(join(folder, name), changed);
      refused(t, folder, { code: "damaged-store", message: /is damaged; restore it from a backup/ });
    }
    writeFileSync(join(folder, name), bytes);
    openStore(folder).close();
  }
});

t.test("a changed byte in the log is noticed before it is replayed", async (t) => {
  const { folder, data } = filled(t);
  const storage = openStore(folder);
  const record = { ...prepared("t1"), coordinator: MARKER };
  storage.commit({ records: [record], writes: [] });
  storage.close();
  flip(t, data, MARKER);
  refused(t, folder, { code: "corrupt-log", message: /row \d+ of the log is damaged/ });
});

t.test("a changed byte in a value is noticed before anything is answered", async (t) => {
  const { folder, data } = filled(t);
  const storage = openStore(folder);
  storage.commit({ records: [], writes: [put("precious", `"${MARKER}"`), put("other", "1")] });
  storage.close();
  flip(t, data, MARKER);
  refused(t, folder, { code: "corrupt-data", message: /the value of key "precious" is damaged/ });
});

t.test("a changed byte in a key is noticed: what it named would seem not to be there", async (t) => {
  const { folder, data } = filled(t);
  const storage = openStore(folder);
  storage.commit({ records: [], writes: [put("key-of-the-precious", "1"), put("key-of-the-other", "1")] });
  storage.close();
  flip(t, data, "key-of-the-precious");
  refused(t, folder, { code: "corrupt-data", message: /key "key-of-.*" is (damaged|out of order)/ });
});

t.test("a changed byte while it is open is noticed when the value is read", async (t) => {
  const { folder, data } = filled(t);
  openStore(folder).close();
  const storage = openLmdb({ folder, identity: { cluster: CLUSTER, node: "n1" }, create: false, scrubbed: true });
  t.match(storage.get("k7"), { value: /x/ });
  flip(t, data, "x".repeat(2900));
  t.throws(() => storage.get("k7"), { name: "Broken", code: "corrupt-data", message: /damaged/ });
  storage.close();
});

t.test("two values that changed places are noticed", async (t) => {
  const { folder, data } = filled(t);
  const storage = openStore(folder);
  storage.commit({ records: [], writes: [put("key-one", `"${MARKER}"`), put("key-two", `"${MARKER}"`)] });
  storage.close();
  const bytes = readFileSync(data);
  for (let at = bytes.indexOf("key-one"); at >= 0; at = bytes.indexOf("key-one", at + 1)) bytes.write("key-ome", at);
  writeFileSync(data, bytes);
  t.throws(() => openStore(folder), { code: "corrupt-data" }, "a row is bound to its key");
});

t.test("a store whose making was interrupted is made again", async (t) => {
  const folder = join(temporaryFolder(t), "n1");
  mkdirSync(join(folder, "lmdb"), { recursive: true });
  openStore(folder, true).close();
  const early = join(temporaryFolder(t), "n1");
  fill(early, 0);
  rmSync(join(early, "node.json"));
  openStore(early, true).close();
  const opened = openStore(early);
  t.ok(opened.epoch > 2);
  t.notOk(statSync(join(early, "mark")).size === 0, "the mark never stands there empty");
  opened.close();
});

function flip(t: Test, data: string, text: string): void {
  const bytes = readFileSync(data);
  t.ok(inverted(bytes, text) > 0, "it is in the file");
  writeFileSync(data, bytes);
}
