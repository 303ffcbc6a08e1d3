/** A content that is read: each chunk as it was written, from whoever has it so, or not at all. */

import { randomBytes } from "node:crypto";
import { mkdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { CHUNK_BYTES, type Content, sha256 } from "../../runtime/files/content.js";
import { VerifiedContent } from "../../runtime/files/verified.js";
import { contentsFolder } from "../../storage/contents.js";
import { temporaryFolder } from "../storage/folder.js";

const BYTES = randomBytes(2 * CHUNK_BYTES + 10);
const CHUNKS = [0, 1, 2].map((index) => BYTES.subarray(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES));
const CONTENT: Content = {
  size: BYTES.length,
  digest: sha256(BYTES).toString("hex"),
  chunks: Buffer.concat(CHUNKS.map(sha256)).toString("base64"),
};
const STARTS = [0, CHUNK_BYTES, 2 * CHUNK_BYTES];

/** As it was, but for one bit of one chunk. */
function flipped(chunk: number): Buffer {
  const bytes = Buffer.from(BYTES);
  bytes[chunk * CHUNK_BYTES + 3] = (bytes[chunk * CHUNK_BYTES + 3] ?? 0) ^ 1;
  return bytes;
}

/** A replica for each of these, in the order in which they are asked, and what one hears of their damages. */
function kept(t: Test, versions: readonly (Buffer | undefined)[]) {
  const keepers = versions.map((bytes, index) => {
    const folder = temporaryFolder(t);
    mkdirSync(contentsFolder(folder));
    const path = join(contentsFolder(folder), CONTENT.digest);
    if (bytes) writeFileSync(path, bytes);
    return { node: `n${index + 1}`, folder, path };
  });
  const damaged: string[] = [];
  const file = new VerifiedContent(CONTENT, keepers, (node) => damaged.push(node));
  t.teardown(() => file.close());
  return { file, damaged, paths: keepers.map(({ path }) => path) };
}

t.test("what one has damaged is read from another one, chunk by chunk", async (t) => {
  const { file, damaged } = kept(t, [flipped(1), flipped(2), flipped(0)]);
  t.ok(await file.open());
  for (const [index, start] of STARTS.entries()) {
    t.ok(CHUNKS[index]?.equals(await file.read(start)), `chunk ${index}`);
  }
  t.same(damaged.sort(), ["n1", "n2"], "whoever was found to be wrong is told of");
});

t.test("no wrong byte is given out, whatever has become of it", async (t) => {
  for (const [name, bytes] of Object.entries({
    flipped: flipped(0),
    short: BYTES.subarray(0, 100),
    empty: Buffer.alloc(0),
    another: randomBytes(BYTES.length),
  })) {
    const { file, damaged } = kept(t, [bytes, bytes]);
    t.ok(await file.open());
    await t.rejects(file.read(0), { code: "corrupt-data" }, name);
    t.same(damaged, [], "there is nobody to mend it from");
  }
});

t.test("one that is gone, or goes while it is read, is as good as damaged", async (t) => {
  const { file, damaged, paths } = kept(t, [undefined, BYTES, BYTES]);
  t.ok(await file.open());
  t.equal(file.node, "n2");
  t.same(damaged, ["n1"]);
  truncateSync(paths[1] ?? "", CHUNK_BYTES);
  t.ok(CHUNKS[2]?.equals(await file.read(2 * CHUNK_BYTES)));
  t.equal(file.node, "n3");
  rmSync(paths[2] ?? "");
  t.ok(CHUNKS[0]?.equals(await file.read(0)), "what is open stays open");
});

t.test("a part of a chunk is compared as a whole", async (t) => {
  const { file } = kept(t, [flipped(1), BYTES]);
  t.ok(await file.open());
  t.ok(BYTES.subarray(CHUNK_BYTES + 500, 2 * CHUNK_BYTES).equals(await file.read(CHUNK_BYTES + 500)));
  t.equal((await file.read(BYTES.length)).length, 0, "none after the end");
});

t.test("nobody has it", async (t) => {
  const { file } = kept(t, [undefined, undefined]);
  t.notOk(await file.open());
});
