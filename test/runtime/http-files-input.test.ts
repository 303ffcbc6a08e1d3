/** Bad input about files over HTTP: refused with a sentence before anything is staged, and no path leads anywhere else. */

import { existsSync, readdirSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import t, { type Test } from "tap";
import { HttpSession } from "./http-session.js";

const http = await HttpSession.start();
const { data } = await http.cluster.status();
const BIG = Buffer.alloc(100 * 1024, "x");
const GIB = 1024 * 1024 * 1024;

/** What is written there: the answer up to the end of the first packet. */
function raw(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(http.serving.port, "127.0.0.1", () => socket.write(text));
    socket.once("error", reject).once("data", (chunk) => {
      resolve(chunk.toString());
      socket.destroy();
    });
  });
}

/** Nothing of it is with any replica. */
function nothingStaged(t: Test): void {
  const nodes = readdirSync(join(data, "nodes")).map((node) => join(data, "nodes", node, "staged"));
  t.same(
    nodes.filter((folder) => existsSync(folder)).flatMap((folder) => readdirSync(folder)),
    [],
    "nothing is staged",
  );
}

t.test("a path that is none reaches no disk", async (t) => {
  const paths = [
    "..",
    "../x",
    "a/../../x",
    "%2e%2e/x",
    "%2e%2e%2fx",
    "a/%2e%2e/%2e%2e/x",
    ".",
    "a/./b",
    "/etc/passwd",
    "%2fetc/passwd",
    "a//b",
    "a/",
    "",
    "a%00b",
    "%ed%a0%80",
    "%ff",
    "%",
  ];
  for (const path of paths) {
    for (const method of ["PUT", "GET", "HEAD", "DELETE"]) {
      const body = method === "PUT" ? "Content-Length: 1\r\n\r\nx" : "\r\n";
      const answer = await raw(`${method} /v1/files/${path} HTTP/1.1\r\nHost: localhost\r\n${body}`);
      t.match(answer, /^HTTP\/1\.1 400 /, `${method} ${path}`);
    }
  }
  const long = await http.send(`/v1/files/${"x".repeat(1025)}`);
  await http.refused(t, long, 413, /1025 bytes; the limit is 1024/);
  t.match((await http.send("/v1/files")).body, { files: [] });
  nothingStaged(t);
});

t.test("a path is decoded exactly once", async (t) => {
  for (const [path, name] of [
    ["a%252e%252e", "a%2e%2e"],
    ["...", "..."],
    ["%C3%A9+%20%0A?deadlineMs=3000", "é+ \n"],
    ["e%CC%81/x", "é/x"],
    ["%2e%2ea", "..a"],
  ] as const) {
    const wrote = await http.send(`/v1/files/${path}`, { method: "PUT", body: path });
    t.match(wrote, { status: 200, body: { path: name } }, path);
    t.equal(await (await http.cluster.files.read(name)).text(), path);
  }
});

t.test("what is declared must be so, and must fit", async (t) => {
  const put = (headers: Record<string, string>, body: string | Uint8Array = BIG) =>
    http.send("/v1/files/declared", { method: "PUT", headers, body });
  const wrong = Buffer.alloc(32).toString("base64");
  for (const body of [BIG, "small"]) {
    await http.refused(t, await put({ "content-digest": `sha-256=:${wrong}:` }, body), 400, /digest of the source is/);
    await http.refused(t, await put({ digest: `SHA-256=${wrong}` }, body), 400, /digest of the source is/);
  }
  await http.refused(t, await put({ "content-digest": "sha-256=abc" }), 400, /sha-256=:BASE64:/);
  await http.refused(t, await put({ digest: "sha-256=abc" }), 400, /sha-256=BASE64/);
  await http.refused(
    t,
    await put({ "content-digest": "rubbish" }),
    400,
    /content-digest declares no digest: "rubbish"/,
  );
  const two = { "content-digest": `sha-256=:${wrong}:`, digest: `sha-256=${wrong.replace("A", "B")}` };
  await http.refused(t, await put(two), 400, /different digests/);
  await http.refused(t, await put({ "content-range": "bytes 5-9/10" }), 400, /must be the whole file/);
  await http.refused(t, await put({ "content-encoding": "gzip" }), 415, /without content-encoding/);
  await http.refused(t, await put({ "content-type": "x".repeat(300) }), 400, /content type such as/);
  await http.refused(t, await http.send("/v1/files/declared"), 404, /no file/);
  nothingStaged(t);
  t.match(await put({ "content-digest": "sha-512=:AA==:, md5=x" }), { status: 200 }, "other algorithms do not count");
});

t.test("what cannot fit is refused by its length, before it is sent", async (t) => {
  const head = "PUT /v1/files/huge HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: ";
  for (const length of [16 * GIB + 1, "99999999999999999"]) {
    const answer = await raw(`${head}${length}\r\n\r\n`);
    t.match(answer, /^HTTP\/1\.1 413 [\s\S]*at most 17179869184 bytes/, "and not asked for");
  }
  t.match(await raw(`${head}${BIG.length}\r\n\r\n`), /^HTTP\/1\.1 100 Continue\r\n\r\n$/, "what fits is asked for");
  t.match(await raw("PUT /v1/files/a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1x\r\n\r\n"), /^HTTP\/1\.1 400 /);
  const longer = await raw("PUT /v1/files/a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabcdef");
  t.match(longer, /^HTTP\/1\.1 (200|400) /, "what comes after the declared length is no part of it");
  await http.refused(t, await http.send("/v1/files/huge"), 404, /no file/);
});

t.test("other sites and other methods are kept out", async (t) => {
  const origin = "https://evil.example";
  const foreign = await http.send("/v1/files/x", { method: "PUT", headers: { origin }, body: "x" });
  await http.refused(t, foreign, 403, /may not change/);
  const staged = await http.send("/v1/contents", { method: "POST", headers: { origin }, body: "x" });
  await http.refused(t, staged, 403, /may not change/);
  await http.refused(t, await http.send("/v1/files/x", { method: "PATCH" }), 405, /PATCH/);
  await http.refused(t, await http.send("/v1/contents"), 405, /GET is not served/);
  nothingStaged(t);
});
