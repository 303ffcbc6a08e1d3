/** `ayes cp` and its neighbours as a shell starts them, against a server: what they do, say and refuse. */

import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { temporaryFolder } from "../storage/folder.js";
import { contentsOf, make } from "./folders.js";
import { Shell } from "./shell.js";

const folder = temporaryFolder(t);
const shell = new Shell(t, folder);
await shell.up();

t.test("a site deployed with one command, and what it says", async (t) => {
  const site = make(join(folder, "web"), { "index.html": "<h1>hello</h1>", "css/a.css": "a{}" });
  symlinkSync("/etc/hostname", join(site, "link"));
  execFileSync("mkfifo", [join(site, "pipe")]);
  const first = await shell.run(["cp", "-r", "--delete", "web/", "ayes:web/"]);
  t.equal(first.code, 0);
  t.match(String(first.out), /^committed [0-9A-Z]{26}\n$/);
  t.match(first.err, /^skipped: link: symbolic link\nskipped: pipe: named pipe\n2 files \(17 B\) copied; \d/);
  rmSync(join(site, "css"), { recursive: true });
  const again = await shell.run(["cp", "-r", "--delete", "web/", "ayes:web/", "--json"]);
  const facts = {
    outcome: "committed",
    written: 0,
    same: 1,
    deleted: 1,
    bytes: 0,
    skipped: [{ path: "link" }, { path: "pipe" }],
  };
  t.match(JSON.parse(String(again.out)), facts);
  t.equal(again.err, "");
  t.match(await shell.run(["cp", "-r", "--delete", "web/", "ayes:web/", "-q"]), { code: 0, err: "" });
  const back = await shell.run(["cp", "-r", "ayes:web", "back"]);
  t.match(back, { code: 0, err: /^1 file \(14 B\) copied; / });
  t.same(contentsOf(join(folder, "back")), { "index.html": "<h1>hello</h1>" });
});

t.test("single files, and the standard streams", async (t) => {
  const bytes = Buffer.from([0, 1, 2, 255, 13, 10]);
  writeFileSync(join(folder, "b.bin"), bytes);
  mkdirSync(join(folder, "into"));
  t.match(await shell.run(["cp", "b.bin", "ayes:one/"]), { code: 0 });
  t.match(await shell.run(["cp", "ayes:one/b.bin", "ayes:two/c.bin"]), { code: 0 });
  const [into, read, output, typed] = await Promise.all([
    shell.run(["cp", "ayes:two/c.bin", "into"]),
    shell.run(["read", "two/c.bin"]),
    shell.run(["read", "two/c.bin", "-o", "o.bin"]),
    shell.run(["write", "in.txt", "-"], "typed"),
  ]);
  t.match(into, { code: 0, err: /^1 file \(6 B\) copied/ });
  t.same(readFileSync(join(folder, "into", "c.bin")), bytes);
  t.same(read.out, bytes);
  t.equal(output.code, 0);
  t.same(readFileSync(join(folder, "o.bin")), bytes);
  t.equal(typed.code, 0);
  t.equal(String((await shell.run(["read", "in.txt"])).out), "typed");
});

t.test("mistakes have exit codes, and no stack trace", async (t) => {
  const mistakes: [string[], number, RegExp][] = [
    [["cp", "a", "b"], 2, /one of the two must be in the cluster: ayes:PATH/],
    [["cp", "web", "ayes:x"], 2, /"web" is a folder: copy it with -r/],
    [["cp", "--delete", "b.bin", "ayes:x"], 2, /--delete goes with -r/],
    [["cp", "ayes:none", "x"], 1, /there is no file "none"/],
    [["cp", "-r", "ayes:none", "x"], 1, /there is no file in "ayes:none\/"/],
    [["cp", "b.bin", "ayes:web/index.html/x"], 1, /a file stands where another one has its folder/],
    [["write", "x", "not there"], 2, /there is no local file "not there"; a text stands in quotes, or behind --text/],
    [["read", "none"], 1, /there is no file "none"/],
  ];
  const checked = mistakes.map(async ([words, code, message]) => {
    const ran = await shell.run(words);
    t.match(ran, { code, err: message }, words.join(" "));
    t.notMatch(ran.err, /^\s+at .*:\d+:\d+/m);
  });
  await Promise.all(checked);
});
