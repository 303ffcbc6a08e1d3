/** What a program can do with files: written, read, named and removed as a whole, or not at all. */

import { createHash, randomBytes } from "node:crypto";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import t from "tap";
import { until } from "../../cli/torture/polling.js";
import { open } from "../../runtime/client.js";
import { contentsFolder, stagedFolder } from "../../storage/contents.js";
import { temporaryFolder } from "../storage/folder.js";

const data = temporaryFolder(t);
const cluster = await open({ data, replicas: 3 });
t.teardown(() => cluster.close());
const { files } = cluster;
const NODES = ["n1", "n2", "n3"].map((node) => join(data, "nodes", node));
const CHUNK = 1024 * 1024;
const LARGE = 200_000;

const staged = () => NODES.flatMap((node) => readdirSync(stagedFolder(node)));
const kept = () => NODES.flatMap((node) => readdirSync(contentsFolder(node)));
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const bytesOf = async (path: string) => Buffer.from(await (await files.read(path)).bytes());

async function* pieces(bytes: Buffer, size: number) {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

t.test("a file of any size is read as it was written", async (t) => {
  const sizes = [0, 1, 64 * 1024, 64 * 1024 + 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 17];
  for (const size of sizes) {
    const bytes = randomBytes(size);
    t.match(await files.write("sized", bytes), { outcome: "committed" });
    t.ok((await bytesOf("sized")).equals(bytes), `${size} bytes`);
    t.match(await files.stat("sized"), { path: "sized", size, digest: sha256(bytes) });
    await until("one content at most is kept", () => kept().length === (size > 64 * 1024 ? 3 : 0));
  }
  t.same(staged(), []);
});

t.test("whatever has bytes is a source, in pieces of any size", async (t) => {
  const bytes = randomBytes(2 * CHUNK + 3);
  const sources = {
    bytes,
    "a list of pieces": [bytes.subarray(0, 5), bytes.subarray(5)],
    "a generator": pieces(bytes, 100_001),
    "a stream": Readable.from(pieces(bytes, 65_536)),
    "one large piece": [bytes],
    "with empty pieces": [Buffer.alloc(0), bytes, Buffer.alloc(0)],
  };
  for (const [name, source] of Object.entries(sources)) {
    t.match(await files.write("source", source), { outcome: "committed" }, name);
    t.ok((await bytesOf("source")).equals(bytes), name);
  }
  await files.write("text", "Grüße");
  t.equal(await (await files.read("text")).text(), "Grüße");
  for (const [name, source] of Object.entries({ number: 1, nothing: undefined, "a list of texts": ["a"] })) {
    await t.rejects(files.write("source", source as never), { code: "invalid" }, name);
  }
  await t.rejects(files.write("source", Readable.from(["a", "b"])), { code: "invalid" }, "a stream of texts");
  t.ok((await bytesOf("source")).equals(bytes), "nothing has changed");
  t.same(staged(), []);
});

t.test("what is known of a file", async (t) => {
  const before = Date.now();
  await files.write("known", randomBytes(LARGE), { type: "image/png" });
  const { modifiedAt, version } = await files.stat("known");
  t.ok(modifiedAt >= before && modifiedAt <= Date.now(), "written now");
  const result = await files.write("known", "small", { modifiedAt: 17 });
  const stat = await files.stat("known");
  t.match(stat, { size: 5, modifiedAt: 17, version: result.txn });
  t.not(stat.version, version);
  t.notOk("type" in stat);
  await t.rejects(files.write("known", "x", { type: "\n" }), { code: "invalid" });
  await t.rejects(files.write("known", "x", { modifiedAt: -1 }), { code: "invalid" });
  t.same(await files.stat("known"), stat);
});

t.test("files are listed in the order of their paths, page by page", async (t) => {
  const paths = ["l/a", "l/a-b", "l/a/", "l/b", "l/ä", "l/😀"].map((path) => (path.endsWith("/") ? `${path}x` : path));
  for (const path of ["l/a", "l/a-b", "l/b", "l/ä", "l/😀"]) await files.write(path, path);
  const expected = paths.filter((path) => path !== "l/a/x");
  t.same(
    (await files.list({ prefix: "l/" })).files.map(({ path }) => path),
    expected,
  );
  const first = await files.list({ prefix: "l/", limit: 2 });
  t.same(
    first.files.map(({ path }) => path),
    expected.slice(0, 2),
  );
  const second = await files.list(first.next);
  t.same(
    second.files.map(({ path }) => path),
    expected.slice(2, 4),
  );
  const all: string[] = [];
  for await (const { path } of files.listAll({ prefix: "l/", limit: 2 })) all.push(path);
  t.same(all, expected);
  t.same(await files.list({ prefix: "l/", after: "l/😀" }), { files: [] });
  for (const query of [{ limit: 0 }, { limit: 10_001 }, { prefix: 1 }, { after: "../x" }, { other: 1 }]) {
    await t.rejects(files.list(query as never), { code: "invalid" }, JSON.stringify(query));
  }
});

t.test("copy and rename move no bytes, and need what they are about", async (t) => {
  const bytes = randomBytes(LARGE);
  await files.write("original", bytes, { type: "text/plain" });
  const was = kept().length;
  t.match(await files.copy("original", "copies/one"), { outcome: "committed" });
  t.match(await files.rename("original", "renamed"), { outcome: "committed" });
  t.equal(kept().length, was);
  await t.rejects(files.stat("original"), { code: "not-found" });
  for (const path of ["copies/one", "renamed"]) {
    t.ok((await bytesOf(path)).equals(bytes));
    t.match(await files.stat(path), { type: "text/plain" });
  }
  for (const verb of ["copy", "rename"] as const) {
    await t.rejects(files[verb]("original", "elsewhere"), { code: "not-found", why: { file: "original" } }, verb);
    await t.rejects(files[verb]("renamed", "renamed"), { code: "invalid" }, `${verb} to itself`);
  }
  t.match(await files.rename("renamed", "copies/one"), { outcome: "committed" }, "what stood there is replaced");
  t.match(await files.copy("copies/one", "copies/one/below"), { why: { code: "path-taken", file: "copies/one" } });
  t.match(await files.delete("copies/one"), { outcome: "committed" });
  await t.rejects(files.delete("copies/one"), { code: "not-found" });
  await t.rejects(files.read("copies/one"), { code: "not-found" });
  t.same(staged(), []);
});

t.test("a range is a part of a file, or refused", async (t) => {
  const bytes = randomBytes(2 * CHUNK + 100);
  await files.write("ranged", bytes);
  const part = async (range: object) => Buffer.from(await (await files.read("ranged", { range })).bytes());
  const ranges = [
    [0, 0],
    [0, 1],
    [CHUNK - 1, CHUNK + 1],
    [CHUNK, 2 * CHUNK],
    [2 * CHUNK + 99, 2 * CHUNK + 100],
  ];
  for (const [start = 0, end = 0] of ranges) {
    t.ok((await part({ start, end })).equals(bytes.subarray(start, end)), `${start} to ${end}`);
  }
  t.ok((await part({ start: CHUNK + 5 })).equals(bytes.subarray(CHUNK + 5)));
  t.ok((await part({ end: 5 })).equals(bytes.subarray(0, 5)));
  t.equal((await part({ start: bytes.length })).length, 0);
  t.equal((await part({ start: 5, end: Number.MAX_SAFE_INTEGER })).length, bytes.length - 5);
  const bad = [
    { start: -1 },
    { start: 5, end: 4 },
    { start: bytes.length + 1 },
    { start: 0.5 },
    { end: "5" },
    { other: 1 },
  ];
  for (const range of bad) await t.rejects(part(range), { code: "invalid" }, JSON.stringify(range));
});

t.test("a source that is not what was declared changes nothing and leaves nothing", async (t) => {
  for (const size of [10, LARGE, 3 * CHUNK]) {
    const bytes = randomBytes(size);
    const before = await files.write("declared", "before");
    for (const options of [{ digest: "0".repeat(64) }, { size: size + 1 }, { size: size - 1 }]) {
      await t.rejects(
        files.write("declared", bytes, options),
        { code: "invalid" },
        `${size} ${JSON.stringify(options)}`,
      );
    }
    for (const options of [{ digest: "x" }, { size: -1 }, { size: 1.5 }]) {
      await t.rejects(files.write("declared", bytes, options as never), { code: "invalid" }, JSON.stringify(options));
    }
    t.match(await files.stat("declared"), { version: before.txn });
    const digest = sha256(bytes).toUpperCase();
    t.match(await files.write("declared", bytes, { digest, size }), { outcome: "committed" });
  }
  await t.rejects(files.write("declared", pieces(randomBytes(LARGE), 10), { size: 2 ** 40 }), { code: "too-large" });
  t.same(staged(), []);
});

t.test("a stream that fails in the middle fails the write, and is told when nobody wants the rest", async (t) => {
  for (const size of [10, LARGE, 3 * CHUNK]) {
    const failing = (async function* () {
      yield randomBytes(size);
      throw new Error("the source is gone");
    })();
    await t.rejects(files.write("failing", failing), { message: "the source is gone" });
  }
  await t.rejects(files.stat("failing"), { code: "not-found" });
  let told = false;
  const endless = (async function* () {
    try {
      for (;;) yield randomBytes(LARGE);
    } finally {
      told = true;
    }
  })();
  await t.rejects(files.write("failing", endless, { size: LARGE + 1 }), { code: "invalid" });
  t.ok(told);
  t.same(staged(), []);
});

t.test("names that are no paths are refused everywhere, before anything is taken", async (t) => {
  const bad = ["", "/a", "a//b", "a/", "..", "a/../b", "./a", "a\0", "\ud800", "a".repeat(1025), 1, null];
  for (const path of bad as string[]) {
    const code = typeof path === "string" && path.length > 1024 ? "too-large" : "invalid";
    const source = pieces(randomBytes(10), 1);
    await t.rejects(files.write(path, source), { code });
    t.notOk((await source.next()).done, "it was not read");
    for (const verb of ["read", "stat", "delete"] as const) {
      await t.rejects(async () => files[verb](path), { code });
    }
    for (const verb of ["copy", "rename"] as const) {
      await t.rejects(files[verb](path, "target"), { code });
      await t.rejects(files[verb]("text", path), { code });
    }
  }
  await files.write("e\u0301", "composed");
  t.match(await files.stat("\u00e9"), { path: "\u00e9" }, "one name, however it is typed");
});

t.test("of many who write one file at once, somebody does, and others are told of a conflict", async (t) => {
  for (let round = 0; round < 10; round += 1) {
    const all = [1, 2, 3, 4].map(() => randomBytes(round % 2 ? 100 : LARGE));
    const results = await Promise.all(all.map((bytes) => files.write("contended", bytes)));
    const committed = all.filter((_, index) => results[index]?.outcome === "committed");
    t.ok(committed.length > 0);
    for (const result of results) {
      if (result.outcome !== "committed")
        t.match(result, { outcome: "aborted", why: { code: "conflict", file: "contended" } });
    }
    const found = await bytesOf("contended");
    t.ok(
      committed.some((bytes) => bytes.equals(found)),
      "what is there is one of those that committed",
    );
  }
  t.same(staged(), []);
});

t.test("who reads a file that is replaced a hundred times sees one whole version each time", async (t) => {
  const version = (number: number) => Buffer.alloc(CHUNK + LARGE, number);
  await files.write("replaced", version(0));
  let over = false;
  let reads = 0;
  const reader = async () => {
    while (!over) {
      const bytes = await bytesOf("replaced");
      if (bytes.length !== CHUNK + LARGE || !bytes.equals(version(bytes[0] ?? -1))) throw new Error("torn");
      reads += 1;
    }
  };
  const readers = [reader(), reader()];
  for (let number = 1; number <= 100; number += 1) {
    t.match(await files.write("replaced", version(number)), { outcome: "committed" });
  }
  over = true;
  await t.resolves(Promise.all(readers));
  t.ok(reads > 0, `${reads} reads`);
});

t.test("a reading goes on with what it began, and is read once", async (t) => {
  const bytes = randomBytes(2 * CHUNK);
  await files.write("begun", bytes);
  const reading = await files.read("begun");
  await files.delete("begun");
  t.ok(Buffer.from(await reading.bytes()).equals(bytes));
  await t.rejects(reading.bytes(), { code: "invalid" });
  await files.write("begun", bytes);
  const closed = await files.read("begun");
  await closed.close();
  await t.rejects(closed.bytes(), { code: "invalid" });
});

t.test("when all files are gone, so is all that they consisted of", async (t) => {
  for await (const { path } of files.listAll()) await files.delete(path);
  await until("nothing is kept", () => kept().length === 0);
  t.same(staged(), []);
  t.same(await cluster.keys(), [], "and no key of theirs is a user's");
});
