/** Folders between this computer and a real cluster: all of them or nothing, and nothing but ordinary files. */

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import t from "tap";
import { downloadFile, downloadFolder } from "../../cli/files/download.js";
import { Transfer } from "../../cli/files/transfer.js";
import { uploadFile, uploadFolder } from "../../cli/files/upload.js";
import { copyWithin } from "../../cli/files/within.js";
import { connect, open } from "../../runtime/client.js";
import { serve } from "../../runtime/gateway/server.js";
import { temporaryFolder } from "../storage/folder.js";
import { contentsIn, contentsOf, make } from "./folders.js";

const folder = temporaryFolder(t);
const data = join(folder, "data");
const cluster = await open({ data, replicas: 2 });
const serving = await serve(cluster, { port: 0, chaos: false });
const other = await connect(serving.url);
t.teardown(async () => {
  await other.close();
  await serving.close();
  await cluster.close();
});

const COMMITTED = { outcome: "committed" };
const how = () => ({ transfer: new Transfer() });
const mirrored = () => ({ transfer: new Transfer(), mirror: true });

/** All that is staged anywhere. */
function staged(): string[] {
  return ["n1", "n2"].flatMap((node) => readdirSync(join(data, "nodes", node, "staged")));
}

const OLD = { "index.html": "old", "css/a.css": "a", "deep/er/est.txt": "e", "large.bin": "L".repeat(200_000) };
const NEW = { "index.html": "new", "css/b.css": "b", "deep/er/est.txt": "e", "large.bin": "M".repeat(300_000) };

t.test("a folder there and back, mirrored both ways; what is the same stays", async (t) => {
  const site = make(join(folder, "site"), OLD);
  const first = await uploadFolder(other, site, "site/", mirrored());
  t.match(first, { ending: COMMITTED, written: 4, same: 0, deleted: 0, bytes: 200_005 });
  t.same(await contentsIn(cluster, "site/"), OLD);
  t.match(await cluster.files.stat("site/css/a.css"), { type: "text/css; charset=utf-8" });
  t.match(await uploadFolder(other, site, "site/", mirrored()), { written: 0, same: 4, deleted: 0, bytes: 0 });
  const { version } = await cluster.files.stat("site/deep/er/est.txt");

  rmSync(site, { recursive: true });
  make(site, NEW);
  await cluster.files.write("sitemap.xml", "beside");
  t.match(await uploadFolder(other, site, "site/", mirrored()), { written: 3, same: 1, deleted: 1 });
  t.same(await contentsIn(cluster, "site/"), NEW);
  t.equal((await cluster.files.stat("site/deep/er/est.txt")).version, version, "what is the same was not written");
  t.equal((await cluster.files.stat("sitemap.xml")).size, 6, "what is beside the folder stays");

  const back = make(join(folder, "back"), { "index.html": "old", "deep/er/est.txt": "e", "extra/x/y": "z" });
  utimesSync(join(back, "deep/er/est.txt"), 1000, 1000);
  t.match(await downloadFolder(other, "site/", back, how()), { written: 3, same: 1, deleted: 0 });
  t.same(contentsOf(back), { ...NEW, "extra/x/y": "z" });
  t.equal(statSync(join(back, "deep/er/est.txt")).mtimeMs, 1_000_000, "what is the same was not touched");
  t.match(await downloadFolder(other, "site/", back, mirrored()), { written: 0, same: 4, deleted: 1 });
  t.same(contentsOf(back), NEW);
  t.notOk(existsSync(join(back, "extra")), "folders that became empty are gone");
  t.match(await uploadFolder(cluster, make(join(folder, "none"), {}), "site/", mirrored()), { written: 0, deleted: 4 });
  t.same(await contentsIn(cluster, "site/"), {});
  t.same(staged(), []);
});

t.test("links are not followed, pipes and sockets not opened", async (t) => {
  const odd = make(join(folder, "odd"), { a: "a", "in/b": "b" });
  symlinkSync("/etc/hostname", join(odd, "link"));
  symlinkSync("/", join(odd, "in/root"));
  execFileSync("mkfifo", [join(odd, "pipe")]);
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(join(odd, "socket"), resolve));
  t.teardown(() => server.close());
  const { skipped, written } = await uploadFolder(cluster, odd, "odd/", how());
  t.equal(written, 2);
  t.same(skipped.map(({ path, why }) => `${path}: ${why}`).sort(), [
    "in/root: symbolic link",
    "link: symbolic link",
    "pipe: named pipe",
    "socket: socket",
  ]);
  t.same(await contentsIn(cluster, "odd/"), { a: "a", "in/b": "b" });
  for (const [name, why] of [
    ["pipe", /is a named pipe, not an ordinary file/],
    ["link", /is a symbolic link, not an ordinary file/],
    ["nothing", /there is no local file/],
  ] as const) {
    await t.rejects(uploadFile(cluster, join(odd, name), "x", how()), { message: why });
  }
  symlinkSync(odd, join(folder, "to-odd"));
  await t.rejects(uploadFolder(cluster, join(folder, "to-odd"), "x/", how()), {
    message: /is a symbolic link.*to-odd\/" is what/,
  });
  t.match(await uploadFolder(cluster, `${join(folder, "to-odd")}/`, "x/", how()), { written: 2 });
  await t.rejects(uploadFolder(cluster, join(folder, "nowhere"), "x/", how()), { message: /there is no local folder/ });
});

t.test("names that no cluster takes: all are told, and nothing is sent", async (t) => {
  const bad = make(join(folder, "bad"), { fine: "f" });
  writeFileSync(Buffer.concat([Buffer.from(`${bad}/`), Buffer.from([0x66, 0xff])]), "x");
  writeFileSync(join(bad, "\u00e9"), "composed");
  writeFileSync(join(bad, "e\u0301"), "decomposed");
  const long = "x".repeat(250);
  make(bad, { [[long, long, long, long, long].join("/")]: "long" });
  const error = await uploadFolder(cluster, bad, "bad/", how()).catch((error: unknown) => error as Error);
  t.ok(error instanceof Error);
  const { message } = error as Error;
  for (const part of [/nothing was sent/, /not UTF-8/, /normal form/, /1258 bytes; the limit is 1024/])
    t.match(message, part);
  t.same(await contentsIn(cluster, "bad/"), {});
});

t.test("what is in the way on this computer is told, and nothing is changed", async (t) => {
  await cluster.transaction(async (files) => {
    for (const path of ["way/a", "way/b/c", "way/d", "way/e/f"]) await files.files.write(path, path);
  });
  const target = make(join(folder, "target"), { b: "a file where a folder is needed", "a/x": "the other way round" });
  const outside = make(join(folder, "outside"), { f: "outside" });
  symlinkSync("/etc/hostname", join(target, "d"));
  symlinkSync(outside, join(target, "e"));
  const copy = downloadFolder(cluster, "way/", target, how());
  const error = await copy.catch((error: unknown) => error as Error);
  for (const part of [
    /a" is a folder, where a file/,
    /b" is a file, where a folder/,
    /d" is a symbolic link/,
    /e" is a symbolic link/,
  ]) {
    t.match((error as Error).message, part);
  }
  t.same(contentsOf(target), { b: "a file where a folder is needed", "a/x": "the other way round" });
  t.same(contentsOf(outside), { f: "outside" }, "nothing leaves the folder");
  for (const name of ["d", "a"]) {
    const reading = await cluster.files.read("way/d");
    await t.rejects(downloadFile(reading, join(target, name), new Transfer()), { message: /where a file is to be/ });
  }
  await t.rejects(downloadFolder(cluster, "nothing/", join(folder, "nn"), mirrored()), { code: "not-found" });
  t.notOk(existsSync(join(folder, "nn")));
  t.same(
    readdirSync(target).filter((name) => name.startsWith(".")),
    [],
  );
});

t.test("more small files than fit in the rows of a transaction", async (t) => {
  const many = Object.fromEntries(
    Array.from({ length: 220 }, (_, index) => [`f${index}`, `${1000 + index}`.repeat(15_000)]),
  );
  const root = make(join(folder, "many"), many);
  t.match(await uploadFolder(other, root, "many/", how()), { ending: COMMITTED, written: 220 });
  t.match(await downloadFolder(other, "many/", join(folder, "many-back"), how()), { written: 220 });
  t.same(contentsOf(join(folder, "many-back")), many);
  t.same(staged(), []);
  const elsewhere = await copyWithin(other, "many/", "copies/", false);
  t.match(elsewhere, { ending: COMMITTED, written: 220, bytes: 0 });
  t.match(await copyWithin(other, "many/", "copies/", true), { written: 0, same: 220, deleted: 0 });
  await t.rejects(copyWithin(other, "many/", "many/in/", false), { message: /one in the other/ });
  t.match(await uploadFolder(other, make(join(folder, "none"), {}), "many/", mirrored()), { deleted: 220 });
  t.equal(await (await cluster.files.read("copies/f7")).text(), many.f7, "the bytes are still needed");
});

t.test("stopped in the middle: nothing has changed, and nothing is left", async (t) => {
  const root = make(join(folder, "stop"), { a: "A".repeat(5_000_000), b: "B".repeat(5_000_000) });
  await uploadFolder(cluster, make(join(folder, "before"), { a: "old" }), "stop/", how());
  const stop = () => {
    const controller = new AbortController();
    const transfer = new Transfer(controller.signal);
    const add = transfer.add;
    const stopping = (bytes: number) => {
      add(bytes);
      if (transfer.done > 3_000_000) controller.abort();
    };
    return { transfer: Object.assign(transfer, { add: stopping }) };
  };
  await t.rejects(uploadFolder(cluster, root, "stop/", stop()), { name: "AbortError" });
  t.same(await contentsIn(cluster, "stop/"), { a: "old" });
  t.same(staged(), []);
  await uploadFolder(cluster, root, "stop/", how());
  const target = make(join(folder, "stopped"), { a: "mine" });
  await t.rejects(downloadFolder(cluster, "stop/", target, stop()), { name: "AbortError" });
  t.same(contentsOf(target), { a: "mine" });
  t.same(readdirSync(target), ["a"]);
  mkdirSync(join(target, ".ayes-copy-old"));
  utimesSync(join(target, ".ayes-copy-old"), 1000, 1000);
  await downloadFolder(cluster, "stop/", target, how());
  t.same(readdirSync(target).sort(), ["a", "b"], "what a killed copy left long ago is gone");
});
