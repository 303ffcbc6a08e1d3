/** The order in which contents get to the disk, and what is left of them whatever happens to who reads, writes or owns them. */

import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import t, { type Test } from "tap";
import { ContentReader } from "../../storage/content-reader.js";
import { contentsFolder, FolderContents, stagedFolder } from "../../storage/contents.js";
import { clearStaged, StagedFile, unstage } from "../../storage/staging.js";
import { temporaryFolder } from "./folder.js";

const FIRST = "1".repeat(64);
const SECOND = "2".repeat(64);

async function stage(node: string, digest: string, text: string, name = digest.slice(0, 4)): Promise<void> {
  const file = await StagedFile.create(node, name);
  await file.write(Buffer.from(text), 0);
  await file.seal(digest);
}

/** What is in both folders. */
function names(node: string): { kept: string[]; staged: string[] } {
  return { kept: fs.readdirSync(contentsFolder(node)), staged: fs.readdirSync(stagedFolder(node)) };
}

async function text(node: string, digest: string): Promise<string | undefined> {
  const reader = await ContentReader.open(node, digest);
  const buffer = Buffer.alloc(100);
  const length = await reader?.read(buffer, 0);
  await reader?.close();
  return length === undefined ? undefined : buffer.toString("utf8", 0, length);
}

/** Writes down which of these calls are made, and on what, until the test is over. Each is made. */
function watched(t: Test, calls: readonly ("linkSync" | "renameSync" | "openSync" | "fsyncSync")[]): string[] {
  const seen: string[] = [];
  const real = Object.fromEntries(calls.map((call) => [call, fs[call]])) as Pick<typeof fs, (typeof calls)[number]>;
  for (const call of calls) {
    const watch = (...args: unknown[]) => {
      seen.push([call, ...args.filter((arg) => typeof arg === "string").slice(0, 2)].join(" "));
      return Reflect.apply(real[call], fs, args);
    };
    Object.assign(fs, { [call]: watch });
  }
  syncBuiltinESMExports();
  t.teardown(() => {
    Object.assign(fs, real);
    syncBuiltinESMExports();
  });
  return seen;
}

t.test("what is taken over has its place on disk when that is flushed, once for all", async (t) => {
  const node = temporaryFolder(t);
  const contents = new FolderContents(node);
  await stage(node, FIRST, "one");
  await stage(node, SECOND, "two");
  const calls = watched(t, ["renameSync", "openSync", "fsyncSync"]);
  for (const digest of [FIRST, SECOND]) t.ok(contents.take(digest));
  const draft = join(contentsFolder(node), "draft");
  t.same(
    calls.splice(0),
    [FIRST, SECOND].map((name) => `renameSync ${draft} ${join(contentsFolder(node), name)}`),
    "in one step each",
  );
  contents.flush();
  t.same(calls.splice(0), [`openSync ${contentsFolder(node)} r`, "fsyncSync"]);
  contents.flush();
  t.same(calls, [], "it is on disk already");
});

t.test("a content is on disk before it has its name", async (t) => {
  const node = temporaryFolder(t);
  new FolderContents(node);
  const file = await StagedFile.create(node, "upload");
  await file.write(Buffer.from("one"), 0);
  const handle = await fs.promises.open(join(stagedFolder(node), "upload.part"));
  const kind = Object.getPrototypeOf(handle) as fs.promises.FileHandle;
  await handle.close();
  const { datasync } = kind;
  const found: string[][] = [];
  kind.datasync = async function (this: fs.promises.FileHandle) {
    await datasync.call(this);
    found.push(names(node).staged);
  };
  t.teardown(() => Object.assign(kind, { datasync }));
  await file.seal(FIRST);
  t.same(found, [["upload.part"]], "flushed once, under the name that nobody looks for");
  t.same(names(node).staged, [FIRST]);
});

t.test("a node that is opened again has what it had, and nothing else", async (t) => {
  const node = temporaryFolder(t);
  const before = new FolderContents(node);
  await stage(node, FIRST, "one");
  await stage(node, SECOND, "two");
  before.take(FIRST);
  fs.writeFileSync(join(contentsFolder(node), "notes.txt"), "somebody's own");
  clearStaged(node);
  const after = new FolderContents(node);
  t.same([...after.all()], [FIRST]);
  t.ok(after.take(FIRST));
  t.notOk(after.take(SECOND), "nobody had taken it over");
});

t.test("a content that is removed is gone, but not for who reads it", async (t) => {
  const node = temporaryFolder(t);
  const contents = new FolderContents(node);
  await stage(node, FIRST, "one");
  contents.take(FIRST);
  unstage(node, FIRST);
  const reader = await ContentReader.open(node, FIRST);
  contents.remove(FIRST);
  contents.remove(FIRST);
  t.notOk(contents.take(FIRST));
  t.same([...contents.all()], []);
  t.same([...new FolderContents(node).all()], []);
  const buffer = Buffer.alloc(3);
  t.equal(await reader?.read(buffer, 0), 3);
  t.equal(buffer.toString(), "one");
  await reader?.close();
  t.equal(await text(node, FIRST), undefined);
});

t.test("an upload that is given up leaves nothing", async (t) => {
  const node = temporaryFolder(t);
  new FolderContents(node);
  const file = await StagedFile.create(node, "upload");
  await file.write(Buffer.from("one"), 0);
  await t.rejects(StagedFile.create(node, "upload"), { code: "EEXIST" }, "a name is one upload's own");
  await file.drop();
  t.same(names(node), { kept: [], staged: [] });
});
