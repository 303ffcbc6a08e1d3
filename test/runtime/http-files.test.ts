/** Files over HTTP on a real cluster: written, read in whole and in part, listed, deleted, and all that headers ask for. */

import { createHash, randomBytes } from "node:crypto";
import t from "tap";
import { HttpSession } from "./http-session.js";

const http = await HttpSession.start();
const large = randomBytes(3 * 1024 * 1024 + 17);

const digest = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const field = (bytes: Uint8Array) => `sha-256=:${createHash("sha256").update(bytes).digest("base64")}:`;
const tag = (bytes: Uint8Array) => `"${digest(bytes)}"`;
const at = (path: string) => `/v1/files/${path}`;
const put = (path: string, body: string | Uint8Array, headers: Record<string, string> = {}) =>
  http.send(at(path), { method: "PUT", body, headers });
const get = (path: string, headers: Record<string, string> = {}) => http.raw(at(path), { headers });

t.test("what was written is read, small or large", async (t) => {
  for (const bytes of [Buffer.alloc(0), Buffer.from("hello"), large]) {
    const wrote = await put("a/b.bin", bytes, { "content-type": "image/png", "content-digest": field(bytes) });
    const etag = tag(bytes);
    t.match(wrote, {
      status: 200,
      headers: { etag, "repr-digest": field(bytes) },
      body: { outcome: "committed", txn: String, path: "a/b.bin", size: bytes.length, digest: digest(bytes), etag },
    });
    const read = await get("a/b.bin");
    t.ok(read.bytes.equals(bytes));
    const headers = {
      etag,
      "content-type": "image/png",
      "content-length": String(bytes.length),
      "content-digest": field(bytes),
      "accept-ranges": "bytes",
      "last-modified": / GMT$/,
      "x-ayes-version": wrote.body.txn,
      "x-content-type-options": "nosniff",
      "content-security-policy": "sandbox",
      "cross-origin-resource-policy": "same-origin",
    };
    t.match(read, { status: 200, headers });
    const head = await http.raw(at("a/b.bin"), { method: "HEAD" });
    t.match([head.status, head.headers, head.bytes.length], [200, headers, 0]);
  }
  t.match(await put("untyped", "x"), { status: 200 });
  t.match(await get("untyped"), { headers: { "content-type": "application/octet-stream" } });
  const inPieces = { method: "PUT", headers: { "transfer-encoding": "chunked" }, body: large };
  t.match(await http.send(at("chunked"), inPieces), { status: 200, body: { size: large.length } });
});

t.test("the id, the protocol and the deadline stand in the query", async (t) => {
  const sent = { method: "PUT", body: large };
  const first = await http.send(at("once?id=o1&protocol=2pc&deadlineMs=4000"), sent);
  t.match(first, { status: 200, body: { txn: "o1" } });
  t.same((await http.send(at("once?id=o1&protocol=2pc&deadlineMs=4000"), sent)).body, first.body, "executed once");
  const other = await http.send(at("once?id=o1"), { ...sent, body: "other" });
  t.match(other, { status: 409, body: { why: { code: "id-reused" } } });
  const create = { method: "PUT", body: "x", headers: { "if-none-match": "*" } };
  t.match(await http.send(at("new?id=o2"), create), { status: 201 });
  t.match(await http.send(at("new?id=o2"), create), { status: 201 }, "a repetition gets the same answer");
  t.match(await http.raw(at("new?replica=n2&read=linearizable")), { status: 200 });
  await http.refused(t, await http.send(at("new?replica=n9")), 404, /no replica n9/);
  await http.refused(t, await http.send(at("new?ttlMs=9")), 400, /unknown parameter "ttlMs"/);
});

t.test("ranges", async (t) => {
  t.match(await put("range", large), { status: 200 });
  const { length } = large;
  const edge = 1024 * 1024;
  const parts: [string, number, number][] = [
    ["bytes=0-0", 0, 1],
    [`bytes=${edge - 3}-${edge + 4}`, edge - 3, edge + 5],
    ["bytes=5-", 5, length],
    ["bytes=-7", length - 7, length],
    [`bytes=-${length + 1}`, 0, length],
    [`bytes=${length - 1}-99999999999999999999`, length - 1, length],
  ];
  for (const [range, start, end] of parts) {
    const { status, headers, bytes } = await get("range", { range });
    t.match([status, headers["content-range"]], [206, `bytes ${start}-${end - 1}/${length}`], range);
    t.ok(bytes.equals(large.subarray(start, end)), `${range} has its bytes`);
    t.match(headers, { "content-digest": undefined, "repr-digest": field(large) });
  }
  const several = `bytes=${Array.from({ length: 1500 }, (_, index) => `${index}-${index}`).join(",")}`;
  for (const range of ["bytes=9-3", "bytes=-", "bytes=a-b", "lines=1-2", "bytes=1-2,4-5", several]) {
    const whole = await get("range", { range });
    t.same([whole.status, whole.bytes.length], [200, length], `${range.slice(0, 20)} is no range`);
  }
  const many = `bytes=${Array.from({ length: 10_000 }, (_, index) => `${index}-${index}`).join(",")}`;
  // The connection ends with the answer, which whoever still sends may never see.
  const ended = await get("range", { range: many }).catch(({ code }: NodeJS.ErrnoException) => ({ status: code }));
  t.ok([431, "ECONNRESET", "EPIPE"].includes(ended.status ?? 0), "10,000 ranges are more than a header may have");
  for (const range of [`bytes=${length}-`, "bytes=-0", "bytes=99999999999999999999-"]) {
    const reply = await http.send(at("range"), { headers: { range } });
    await http.refused(t, reply, 416, /behind the end/);
    t.equal(reply.headers["content-range"], `bytes */${length}`);
  }
  t.match(await http.raw(at("range"), { method: "HEAD", headers: { range: "bytes=1-2" } }), { status: 200 });
  t.match(await get("range", { range: "bytes=1-2", "if-range": tag(large) }), { status: 206 });
  t.match(await get("range", { range: "bytes=1-2", "if-range": '"older"' }), { status: 200 });
});

t.test("readers' preconditions", async (t) => {
  const etag = String((await put("known", "one")).headers.etag);
  const modified = String((await get("known")).headers["last-modified"]);
  const before = new Date(Date.parse(modified) - 1000).toUTCString();
  for (const headers of [
    { "if-none-match": `"x", W/${etag}` },
    { "if-none-match": "*" },
    { "if-modified-since": modified },
  ]) {
    const { status, bytes, headers: about } = await get("known", headers as Record<string, string>);
    t.match([status, bytes.length, about.etag], [304, 0, etag]);
  }
  for (const headers of [{ "if-none-match": '"x"', "if-modified-since": modified }, { "if-modified-since": before }]) {
    t.match(await get("known", headers as Record<string, string>), { status: 200 });
  }
  t.match(await get("known", { "if-match": etag }), { status: 200 });
  for (const headers of [{ "if-match": '"x"' }, { "if-match": `W/${etag}` }, { "if-unmodified-since": before }]) {
    const reply = await http.send(at("known"), { headers: headers as Record<string, string> });
    await http.refused(t, reply, 412, /does not hold/);
  }
  await http.refused(t, await http.send(at("known"), { headers: { "if-match": "abc" } }), 400, /in quotes/);
});

t.test("writers' preconditions", async (t) => {
  t.match(await put("p", "1", { "if-none-match": "*" }), { status: 201 });
  await http.refused(t, await put("p", "2", { "if-none-match": "*" }), 412, /if-none-match/);
  t.match(await put("p", "2", { "if-match": `"x", ${tag(Buffer.from("1"))}` }), { status: 200 });
  const stale = await put("p", "3", { "if-match": tag(Buffer.from("1")) });
  await http.refused(t, stale, 412, /if-match/);
  t.match(stale.headers, { etag: tag(Buffer.from("2")) });
  t.match(await put("p", "3", { "if-match": "*" }), { status: 200 });
  await http.refused(t, await put("q", "3", { "if-match": "*" }), 412, /no such file/);
  await http.refused(t, await put("p", "4", { "if-none-match": tag(Buffer.from("3")) }), 412, /if-none-match/);
  t.match(await put("p", "4", { "if-none-match": '"x"' }), { status: 200 });
  const drop = (headers: Record<string, string>) => http.send(at("p"), { method: "DELETE", headers });
  await http.refused(t, await drop({ "if-match": '"x"' }), 412, /if-match/);
  t.match(await drop({ "if-match": tag(Buffer.from("4")) }), { status: 200, body: { outcome: "committed" } });
  await http.refused(t, await drop({}), 404, /no file "p"/);
});

t.test("files are listed in pages", async (t) => {
  for (const name of ["c", "a", "b"]) t.match(await put(`list/${name}`, name), { status: 200 });
  const first = await http.send("/v1/files?prefix=list/&limit=2");
  t.match(first.body, {
    files: [
      { path: "list/a", size: 1, digest: digest(Buffer.from("a")), version: String, modifiedAt: Number },
      { path: "list/b" },
    ],
    next: { prefix: "list/", after: "list/b", limit: 2 },
  });
  const next = new URLSearchParams(first.body.next as Record<string, string>);
  t.match((await http.send(`/v1/files?${next}`)).body, { files: [{ path: "list/c" }], next: undefined });
  await http.refused(t, await http.send("/v1/files?limit=0"), 400, /limit must be/);
  await http.refused(t, await http.send("/v1/files?from=a"), 400, /unknown parameter/);
});

t.test("of two writers of one file the first one proceeds, the other is told which file", async (t) => {
  let release = (): void => undefined;
  const asked = new Promise<void>((resolve) => {
    const held = new Promise<boolean>((yes) => {
      release = () => yes(true);
    });
    void http.cluster.validate("n1", ({ txn }) => {
      if (txn !== "first") return true;
      resolve();
      return held;
    });
  });
  const first = http.send(at("contended?id=first&deadlineMs=60000"), { method: "PUT", body: large });
  await asked;
  let second = await put("contended", "second");
  // The other replicas may not have heard of the first one yet.
  while (second.status === 200) second = await put("contended", "second");
  t.match(second, { status: 409, body: { why: { code: "conflict", file: "contended", winner: "first" } } });
  // Who is asked about a transaction holds no lock for it meanwhile. What n1 hears of the second one it hears before this.
  t.match(await put("another", "third"), { status: 200 });
  release();
  t.match(await first, { status: 200, body: { why: undefined } });
  await http.cluster.validate("n1", { rule: "always" });
});

t.test("a file cannot stand where another one has its folder", async (t) => {
  t.match(await put("folder/x", "x"), { status: 200 });
  t.match(await put("folder", "x"), { status: 409, body: { error: { code: "path-taken", file: "folder/x" } } });
});
