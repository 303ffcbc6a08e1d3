/** A built page over HTTP: who gets it, what can be asked for, and what it may not do in a browser. */

import { mkdirSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import t from "tap";
import { open } from "../../runtime/client.js";
import { serve } from "../../runtime/gateway/server.js";

const HTML = "<!doctype html><title>page</title>";
const SCRIPT = "export const answer = 42;\n".repeat(100);

const folder = t.testdir({});
mkdirSync(join(folder, "assets"));
writeFileSync(join(folder, "index.html"), HTML);
writeFileSync(join(folder, "secret.txt"), "nobody asked for this");
writeFileSync(join(folder, "assets", "index-abc.js"), SCRIPT);
const cluster = await open({ temporary: true, replicas: 1 });
const serving = await serve(cluster, { port: 0, chaos: false, pages: folder });
t.teardown(async () => {
  await serving.close();
  await cluster.close();
});

type Got = { status: number; headers: Record<string, unknown>; bytes: Buffer };

/** Sends the path as it is written. */
function get(path: string, headers: Record<string, string> = {}, method = "GET"): Promise<Got> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: "127.0.0.1", port: serving.port, path, headers, method }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, bytes: Buffer.concat(chunks) }),
      );
    });
    asked.on("error", reject);
    asked.end();
  });
}

const BROWSER = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" };

t.test("a browser gets the page, a program the welcome", async (t) => {
  const page = await get("/", BROWSER);
  t.equal(page.bytes.toString(), HTML);
  t.match(page.headers, { "content-type": "text/html; charset=utf-8", "cache-control": "no-cache" });
  const same = await get("/", { ...BROWSER, "if-none-match": String(page.headers.etag) });
  t.equal(same.status, 304);
  for (const headers of [{}, { accept: "*/*" }, { accept: "application/json" }] as Record<string, string>[]) {
    t.match(JSON.parse((await get("/", headers)).bytes.toString()), { name: "ayes" });
  }
  t.match(await get("/", { ...BROWSER, host: "evil.example" }), { status: 403 });
  t.match(await get("/", BROWSER, "POST"), { status: 405 });
});

t.test("nothing foreign may run in it or around it", async (t) => {
  for (const path of ["/", "/assets/index-abc.js", "/vote/n1"]) {
    const { headers } = await get(path, BROWSER);
    const policy = String(headers["content-security-policy"]);
    for (const rule of ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"]) {
      t.ok(policy.includes(rule), `${path}: ${rule}`);
    }
    t.notMatch(policy, /unsafe|\*|http/);
    t.match(headers, { "x-content-type-options": "nosniff" });
  }
});

t.test("what belongs to it is compressed and kept for ever", async (t) => {
  const plain = await get("/assets/index-abc.js");
  t.match(plain.headers, { "content-type": /javascript/, "cache-control": /immutable/ });
  t.equal(plain.bytes.toString(), SCRIPT);
  const small = await get("/assets/index-abc.js", { "accept-encoding": "gzip, deflate, br" });
  t.equal(small.headers["content-encoding"], "br");
  t.equal(brotliDecompressSync(small.bytes).toString(), SCRIPT);
  const other = await get("/assets/index-abc.js", { "accept-encoding": "gzip" });
  t.equal(gunzipSync(other.bytes).toString(), SCRIPT);
  t.equal((await get("/assets/index-abc.js", {}, "HEAD")).bytes.length, 0);
});

t.test("only what the build made can be asked for", async (t) => {
  const paths = [
    "/index.html",
    "/secret.txt",
    "/assets/",
    "/assets/../secret.txt",
    "/assets/..%2fsecret.txt",
    "/assets/%2e%2e/secret.txt",
    "/assets//index-abc.js",
    "/assets/index-abc.js%00",
    "//etc/passwd",
    "/assets/__proto__",
  ];
  for (const path of paths) t.equal((await get(path, BROWSER)).status, 404, path);
});

t.test("a person's own page has a path, which leads to it below any prefix", async (t) => {
  t.match(await get("/vote/n2", BROWSER), { status: 302, headers: { location: "../#/vote/n2" } });
  t.match(await get("/vote/%0d%0ax:y", BROWSER), { status: 302, headers: { location: "../#/vote/%0d%0ax:y" } });
  t.match(await get("/vote/a/b", BROWSER), { status: 404 });
});
