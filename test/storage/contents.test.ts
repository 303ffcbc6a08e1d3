/** Contents of files on a real disk: taken over, replaced, mended and removed, whatever stands in the way. */

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { contentsFolder, FolderContents, mendingName, stagedFolder } from "../../storage/contents.js";
import { temporaryFolder } from "./folder.js";

const DIGEST = "ab".repeat(32);

function fixture(t: Parameters<typeof temporaryFolder>[0]) {
  const node = temporaryFolder(t);
  const contents = new FolderContents(node);
  const kept = join(contentsFolder(node), DIGEST);
  const stage = (bytes: string, name = DIGEST) => writeFileSync(join(stagedFolder(node), name), bytes);
  return { node, contents, kept, stage };
}

t.test("what is taken over stays staged for another try, and goes by itself", async (t) => {
  const { node, contents, kept, stage } = fixture(t);
  t.notOk(contents.take(DIGEST));
  stage("bytes");
  for (let tries = 0; tries < 2; tries += 1) {
    t.ok(contents.take(DIGEST));
    contents.flush();
    t.equal(readFileSync(kept, "utf8"), "bytes");
    t.same(readdirSync(contentsFolder(node)), [DIGEST], "and nothing else is left");
    contents.remove(DIGEST);
    t.notOk(existsSync(kept));
  }
  rmSync(join(stagedFolder(node), DIGEST));
  t.notOk(contents.take(DIGEST));
});

t.test("what is staged replaces what was here, which may be damaged", async (t) => {
  const { contents, kept, stage } = fixture(t);
  stage("bytes");
  contents.take(DIGEST);
  rmSync(kept);
  writeFileSync(kept, "bytEs");
  t.ok(contents.take(DIGEST));
  t.equal(readFileSync(kept, "utf8"), "bytes");
});

t.test("an upload and a mend of the same bytes are no business of each other", async (t) => {
  const { node, contents, kept, stage } = fixture(t);
  stage("bytes", mendingName(DIGEST));
  t.notOk(contents.take(DIGEST));
  t.ok(contents.mend(DIGEST));
  t.equal(readFileSync(kept, "utf8"), "bytes");
  t.ok(existsSync(join(stagedFolder(node), mendingName(DIGEST))), "whoever staged it removes it");
});

t.test("whatever else has its name is not held, and makes room", async (t) => {
  const ways: Record<string, (path: string, elsewhere: string) => void> = {
    link: (path, elsewhere) => symlinkSync(elsewhere, path),
    fifo: (path) => void execFileSync("mkfifo", [path]),
    folder: (path) => mkdirSync(join(path, "deeper"), { recursive: true }),
  };
  for (const [name, put] of Object.entries(ways)) {
    const { node, kept, stage } = fixture(t);
    const elsewhere = join(node, "elsewhere");
    writeFileSync(elsewhere, "bytes");
    put(kept, elsewhere);
    const contents = new FolderContents(node);
    t.notOk(contents.take(DIGEST), name);
    t.same([...contents.all()], [], name);
    stage("bytes");
    t.ok(contents.take(DIGEST), name);
    t.ok(contents.isThere(DIGEST), name);
    rmSync(kept);
    put(kept, elsewhere);
    contents.remove(DIGEST);
    t.notOk(contents.isThere(DIGEST), name);
    t.equal(readFileSync(elsewhere, "utf8"), "bytes", "what it leads to is left alone");
  }
});

t.test("a draft that a crash has left is gone at the start", async (t) => {
  const { node } = fixture(t);
  writeFileSync(join(contentsFolder(node), "draft"), "by");
  t.same([...new FolderContents(node).all()], []);
  t.same(readdirSync(contentsFolder(node)), []);
});
