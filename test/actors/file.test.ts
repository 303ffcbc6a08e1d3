/** The rules of files, pure: what a row names, which marks change with it, and what it takes to promise it. */

import t from "tap";
import {
  CONTENTS,
  contentIn,
  dated,
  FILES,
  fileKey,
  isUndated,
  lacksContent,
  markIn,
  markKey,
  marksFor,
  marksOf,
  pathIn,
} from "../../actors/file.js";
import { isWithin } from "../../actors/range.js";
import type { Stored } from "../../actors/transaction.js";

const A = "a".repeat(64);
const B = "b".repeat(64);
const ODD_PATHS = ["a", "a/b", `${"a".repeat(64)}/x`, "0", "ü/ñ", "content/x", "a b", "😀", "\u0001"];

/** A row with its content beside the store, or with the bytes in it. */
function row(digest: string, where: "beside" | "inline" = "beside"): string {
  return JSON.stringify({ size: 3, digest, ...(where === "beside" ? { chunks: "AAAA" } : { inline: "AAAA" }) });
}

function reading(rows: Record<string, string>) {
  const read = (key: string): Stored | undefined => {
    const value = rows[pathIn(key) ?? ""];
    return value === undefined ? undefined : { value, version: "t0" };
  };
  return { read };
}

t.test("a file has a key of its own, and the key names the file", async (t) => {
  for (const path of ODD_PATHS) {
    t.equal(pathIn(fileKey(path)), path);
    t.ok(isWithin(fileKey(path), FILES), path);
    t.equal(markIn(fileKey(path)), undefined);
  }
  t.equal(pathIn("a"), undefined, "a user's key is no file");
  t.equal(pathIn("file/a"), undefined);
});

t.test("a mark names a content and a file", async (t) => {
  for (const path of ODD_PATHS) {
    t.same(markIn(markKey(A, path)), { digest: A, path });
    t.ok(isWithin(markKey(A, path), CONTENTS) && isWithin(markKey(A, path), marksOf(A)), path);
    t.notOk(isWithin(markKey(B, path), marksOf(A)), path);
    t.equal(pathIn(markKey(A, path)), undefined);
  }
});

t.test("a row names a content unless the file stands in it", async (t) => {
  t.equal(contentIn(row(A)), A);
  t.equal(contentIn(row(A, "inline")), undefined);
  t.equal(contentIn(undefined), undefined);
  const empty = JSON.stringify({ size: 0, digest: A, inline: "" });
  t.equal(contentIn(empty), undefined, "an empty file stands in its row");
});

t.test("marks follow the row", async (t) => {
  const mark = (digest: string, value: string | undefined) => ({ key: markKey(digest, "f"), value, version: "t1" });
  const cases: [string, string | undefined, string | undefined, ReturnType<typeof mark>[]][] = [
    ["a new file", undefined, row(A), [mark(A, "null")]],
    ["another content", row(A), row(B), [mark(A, undefined), mark(B, "null")]],
    ["the same content", row(A), row(A), []],
    ["a file that goes", row(A), undefined, [mark(A, undefined)]],
    ["a file that was not there goes", undefined, undefined, []],
    ["a file that becomes small", row(A), row(A, "inline"), [mark(A, undefined)]],
    ["a file that becomes large", row(A, "inline"), row(A), [mark(A, "null")]],
    ["a small file", undefined, row(A, "inline"), []],
  ];
  for (const [name, before, after, marks] of cases) {
    const write = { key: fileKey("f"), value: after, version: "t1" };
    t.same(marksFor(write, "t1", reading(before === undefined ? {} : { f: before })), marks, name);
  }
  t.same(marksFor({ key: "f", value: row(A), version: "t1" }, "t1", reading({})), [], "a user's key has no marks");
});

t.test("a row is promised only where its content is", async (t) => {
  const holds = (digest: string) => digest === A;
  const lacks = (key: string, value: string | undefined) => lacksContent({ key, value, version: "t1" }, { holds });
  t.notOk(lacks(fileKey("f"), row(A)));
  t.ok(lacks(fileKey("f"), row(B)));
  t.notOk(lacks(fileKey("f"), row(B, "inline")));
  t.notOk(lacks(fileKey("f"), undefined), "nothing is needed to delete it");
  t.notOk(lacks("f", row(B)), "a user's value is nobody's business");
});

t.test("a file was written when its coordinator says, unless its writer does", async (t) => {
  const put = (value: object) => ({ op: "put", key: fileKey("f"), value: JSON.stringify(value) }) as const;
  t.ok(isUndated(put({ size: 1, digest: A })));
  t.notOk(isUndated(put({ size: 1, digest: A, modified: 0 })));
  t.notOk(isUndated({ op: "put", key: "f", value: "1" }));
  t.same(dated(put({ size: 1, digest: A }), 17.9), put({ size: 1, digest: A, modified: 17 }));
});
