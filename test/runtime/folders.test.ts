/** An attached folder in transactions: with keys, alone, against others; what it refuses, and what it leaves alone. */

import { execFileSync } from "node:child_process";
import { existsSync, lstatSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { chmod, readdir, rename, stat } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import t, { type Test } from "tap";
import type { Cluster } from "../../runtime/api.js";
import { connect, open } from "../../runtime/client.js";
import type { TransactionFolder } from "../../runtime/folders-api.js";
import { serve } from "../../runtime/gateway/server.js";
import { temporaryFolder } from "../storage/folder.js";

const cluster: Cluster = await open({ temporary: true, replicas: 2 });
t.teardown(() => cluster.close());

let count = 0;

/** A folder with some files in it, attached under a name of its own. */
async function site(t: Test, files: Record<string, string> = {}): Promise<{ name: string; dir: string }> {
  const dir = temporaryFolder(t);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(dir, path, ".."), { recursive: true });
    writeFileSync(join(dir, path), text);
  }
  count += 1;
  const name = `site-${count}`;
  await cluster.folders.attach(name, dir);
  return { name, dir };
}

const text = (...path: string[]) => readFileSync(join(...path), "utf8");

t.test("files and keys change in one commit", async (t) => {
  const { name, dir } = await site(t, { "index.html": "old", "gone/deep/a.txt": "a", "stays.txt": "s" });
  await chmod(join(dir, "index.html"), 0o640);
  const result = await cluster.transaction(async (own) => {
    const folder = own.folder(name);
    const was = Buffer.from(await folder.read("index.html")).toString();
    await folder.write("index.html", `${was}, new`);
    await folder.write("new/part.bin", Readable.from([Buffer.from("one "), Buffer.from("two")]));
    await folder.delete("gone/deep/a.txt");
    own.put("deployed", 1);
    t.same(await folder.list(), ["gone/deep/a.txt", "index.html", "stays.txt"], "nothing has changed yet");
    t.equal(text(dir, "index.html"), "old");
    return [await folder.exists("new/part.bin"), await folder.exists("gone/deep/a.txt")];
  });
  t.match(result, { outcome: "committed", value: [true, false] });
  t.equal(text(dir, "index.html"), "old, new");
  t.equal((await stat(join(dir, "index.html"))).mode & 0o777, 0o640, "with the rights that it had");
  t.equal(text(dir, "new/part.bin"), "one two");
  t.notOk(existsSync(join(dir, "gone")), "folders that are empty go");
  t.equal(text(dir, "stays.txt"), "s");
  t.equal((await cluster.get("deployed")).value, 1);
  t.match(await cluster.outcome((result as { txn: string }).txn), { outcome: "committed" });
});

t.test("an abort changes nothing, and leaves nothing", async (t) => {
  const { name, dir } = await site(t, { a: "old" });
  const refused = await cluster.transaction(async (t) => {
    await t.folder(name).write("a", "new");
    await t.folder(name).write("b", "new");
    t.check({ key: "never", is: "exists" });
  });
  t.match(refused, { outcome: "aborted", why: { code: "check-failed", key: "never" } });
  const thrown = cluster.transaction(async (t) => {
    await t.folder(name).write("a", "new");
    throw new Error("no");
  });
  await t.rejects(thrown, { message: "no" });
  t.equal(text(dir, "a"), "old");
  t.notOk(existsSync(join(dir, "b")));
  t.same(await readdir(join(dir, ".ayes", "staged")), []);
  t.match(await cluster.folders.list(), [{}, { name, state: "ready", undo: undefined }]);
});

t.test("what another program has changed since it was read aborts it", async (t) => {
  const { name, dir } = await site(t, { read: "1", written: "1", "in/listed": "1" });
  const after = (change: () => void, use: (folder: TransactionFolder) => Promise<unknown>) =>
    cluster.transaction(async (t) => {
      await use(t.folder(name));
      change();
      t.put("outside", 1);
    });
  const changed = { outcome: "aborted", attempts: 1, why: { code: "check-failed" } };
  const other = () => writeFileSync(join(dir, "read"), "other");
  t.match(await after(other, (folder) => folder.read("read")), { ...changed, why: { file: "read" } });
  const overwritten = () => writeFileSync(join(dir, "written"), "theirs");
  t.match(await after(overwritten, (folder) => folder.write("written", "ours")), {
    ...changed,
    why: { file: "written" },
  });
  const come = () => writeFileSync(join(dir, "absent"), "theirs");
  t.match(await after(come, (folder) => folder.exists("absent")), { ...changed, why: { file: "absent" } });
  const more = () => writeFileSync(join(dir, "in/more"), "theirs");
  t.match(await after(more, (folder) => folder.list("in/")), changed);
  t.equal(text(dir, "written"), "theirs");
  t.equal((await cluster.get("outside")).value, undefined, "and the keys did not change either");
});

t.test("one transaction at a time: who comes second loses, and is run again", async (t) => {
  const { name, dir } = await site(t, { total: "0" });
  const add = () =>
    cluster.transaction(async (t) => {
      const total = Number(Buffer.from(await t.folder(name).read("total")).toString());
      t.add("total", 1);
      await t.folder(name).write("total", String(total + 1));
    });
  const results = await Promise.all(Array.from({ length: 8 }, add));
  t.same(new Set(results.map(({ outcome }) => outcome)), new Set(["committed"]));
  t.ok(
    results.some(({ attempts }) => attempts > 1),
    "some of them met",
  );
  t.equal(text(dir, "total"), "8");
  t.equal((await cluster.get("total")).value, 8);
});

t.test("who only reads sees keys and files of one moment", async (t) => {
  const { name } = await site(t, { n: "0" });
  await cluster.put("n", 0);
  let writing = true;
  const write = async () => {
    for (let n = 1; n <= 15; n += 1) {
      await cluster.transaction(async (t) => {
        await t.folder(name).write("n", String(n));
        t.put("n", n);
      });
    }
    writing = false;
  };
  const seen: unknown[] = [];
  const read = async () => {
    while (writing) {
      const result = await cluster.transaction(async (t) => {
        const key = (await t.get("n")).value;
        return [key, Number(Buffer.from(await t.folder(name).read("n")).toString())];
      });
      if (result.outcome === "committed") seen.push(result.value);
    }
  };
  await Promise.all([write(), read()]);
  t.ok(seen.length > 0);
  for (const [key, file] of seen as [number, number][]) t.equal(key, file);
});

t.test("undo puts back the last transaction, once", async (t) => {
  const { name, dir } = await site(t, { kept: "old", gone: "old" });
  await t.rejects(cluster.folders.undo(name), { code: "not-found" });
  const { mtimeMs } = await stat(join(dir, "kept"));
  await cluster.transaction(async (t) => {
    await t.folder(name).write("kept", "new");
    await t.folder(name).write("made/here", "new");
    await t.folder(name).delete("gone");
  });
  t.match(await cluster.folders.list(), [{}, {}, {}, {}, {}, { name, undo: { files: 3 } }]);
  writeFileSync(join(dir, "made/here"), "theirs");
  t.match(await cluster.folders.undo(name), { outcome: "aborted", why: { code: "check-failed", file: "made/here" } });
  t.equal(text(dir, "kept"), "new");
  writeFileSync(join(dir, "made/here"), "new");
  t.match(await cluster.folders.undo(name), { outcome: "committed" });
  t.equal(text(dir, "kept"), "old");
  t.equal((await stat(join(dir, "kept"))).mtimeMs, mtimeMs, "it is the very file");
  t.equal(text(dir, "gone"), "old");
  t.notOk(existsSync(join(dir, "made")));
  await t.rejects(cluster.folders.undo(name), { code: "not-found" });
  t.same(await readdir(join(dir, ".ayes", "kept")), []);
});

t.test("nothing is followed or opened but regular files, and nothing leaves the folder", async (t) => {
  const { name, dir } = await site(t, { "plain/file": "x" });
  const outside = temporaryFolder(t);
  writeFileSync(join(outside, "secret"), "secret");
  symlinkSync(join(outside, "secret"), join(dir, "link"));
  symlinkSync(outside, join(dir, "way"));
  execFileSync("mkfifo", [join(dir, "fifo")]);
  for (const path of ["link", "way/secret", "fifo", "plain"]) {
    const read = cluster.transaction((t) => t.folder(name).read(path));
    await t.rejects(read, { code: "path-taken" }, `read ${path}`);
    const write = cluster.transaction((t) => t.folder(name).write(path, "mine"));
    await t.rejects(write, { code: "path-taken" }, `write ${path}`);
  }
  for (const path of [
    "../out",
    "/etc/passwd",
    "a//b",
    "a/./b",
    "",
    ".ayes/folder.json",
    ".AYES/x",
    "nul\0",
    "x".repeat(256),
  ]) {
    const write = cluster.transaction((t) => t.folder(name).write(path, "mine"));
    await t.rejects(write, { code: /invalid|too-large/ }, `write ${JSON.stringify(path)}`);
  }
  const below = await cluster.transaction((t) => t.folder(name).write("plain/file/below", "mine"));
  t.match(below, { outcome: "aborted", why: { code: "path-taken", file: "plain/file/below" } });
  const both = await cluster.transaction(async (t) => {
    await t.folder(name).write("new", "mine");
    await t.folder(name).write("new/below", "mine");
  });
  t.match(both, { outcome: "aborted", why: { code: "path-taken" } });
  t.equal(text(outside, "secret"), "secret");
  t.ok(lstatSync(join(dir, "link")).isSymbolicLink());
  const listed = await cluster.transaction((t) => t.folder(name).list());
  t.match(listed, { outcome: "committed" });
  t.same((listed as { value: string[] }).value, ["plain/file"], "they are not listed either");
});

t.test("a folder that cannot be attached is refused, and nothing is changed", async (t) => {
  const data = temporaryFolder(t);
  const own = await open({ data: join(data, "cluster"), replicas: 1 });
  t.teardown(() => own.close());
  const dir = temporaryFolder(t);
  mkdirSync(join(dir, "inner"));
  writeFileSync(join(dir, "file"), "");
  symlinkSync(join(dir, "inner"), join(dir, "link"));
  const refused = async (name: string, place: string, message: RegExp) => {
    await t.rejects(own.folders.attach(name, place), { code: "invalid", message }, place);
  };
  await refused("a", join(dir, "nowhere"), /there is no folder \S+nowhere$/);
  await refused("a", join(dir, "file"), /no folder/);
  await refused("a", join(dir, "link"), /is a link/);
  await refused("a", join(data, "cluster"), /lie in each other/);
  await refused("a", join(data, "cluster", "nodes"), /lie in each other/);
  await refused("a", data, /lie in each other/);
  await refused("a", "/proc", /cannot be written/);
  for (const name of ["", "a/b", "../a", ".a", "x".repeat(65)]) await refused(name, dir, /the name of a folder/);
  t.same(await own.folders.list(), []);
  t.same((await readdir(dir)).sort(), ["file", "inner", "link"]);
  await own.folders.attach("a", dir);
  await refused("b", dir, /attached already, as "a"/);
  await refused("b", join(dir, "inner"), /lie in each other/);
  await refused("a", data, /lie in each other/);
  await t.rejects(cluster.folders.attach("c", dir), { code: "invalid", message: /attached to another cluster/ });
  execFileSync("cp", ["-r", dir, join(data, "copy")]);
  await refused("b", join(data, "copy"), /is a copy of that one/);
  t.match(await own.folders.list(), [{ name: "a", dir, state: "ready" }]);
});

t.test("a folder that vanished is needed by some, and not by others", async (t) => {
  const { name, dir } = await site(t, { a: "1" });
  await rename(dir, `${dir}-away`);
  t.teardown(() => rmSync(`${dir}-away`, { recursive: true, force: true }));
  const needing = await cluster.transaction((t) => t.folder(name).write("a", "2"), { maxAttempts: 1 });
  t.match(needing, { outcome: "aborted", why: { code: "unavailable", detail: /it is gone/ } });
  const late = await cluster.transaction((t) => t.put("others", 1));
  t.equal(late.outcome, "committed");
  t.match((await cluster.folders.list()).at(-1), { name, state: "unavailable", reason: /it is gone/ });
  await rename(`${dir}-away`, dir);
  t.match(await cluster.transaction((t) => t.folder(name).write("a", "2")), { outcome: "committed" });
  const vanishing = await cluster.transaction(
    async (t) => {
      await t.folder(name).write("a", "3");
      t.put("others", 2);
      await rename(dir, `${dir}-away`);
    },
    { maxAttempts: 1 },
  );
  t.match(vanishing, { outcome: "aborted", why: { code: "unavailable" } });
  t.equal((await cluster.get("others")).value, 1);
  await rename(`${dir}-away`, dir);
  t.equal(text(dir, "a"), "2");
  await t.rejects(
    cluster.transaction((t) => t.folder("nobody").list()),
    { code: "not-found" },
  );
});

t.test("detached, it is an ordinary folder; over a connection it can be managed, not used", async (t) => {
  const { name, dir } = await site(t);
  const serving = await serve(cluster, { port: 0, chaos: false });
  const link = await connect(serving.url);
  t.teardown(async () => {
    await link.close();
    await serving.close();
  });
  await cluster.transaction((t) => t.folder(name).write("a", "1"));
  await t.rejects(
    link.transaction((t) => t.folder(name).read("a")),
    { code: "invalid", message: /over a connection/ },
  );
  t.match((await link.folders.list()).at(-1), { name, dir, undo: { files: 1 } });
  t.match(await link.folders.undo(name), { outcome: "committed" });
  await link.folders.detach(name);
  t.same(await readdir(dir), []);
  await t.rejects(link.folders.detach(name), { code: "not-found" });
  t.match(await link.folders.attach(name, dir), { name, state: "ready" });
  t.match(await cluster.transaction((t) => t.folder(name).write("a", "2")), { outcome: "committed" });
});
