/** Files by the real curl: -T, -C - and what it sends of its own accord. */

import { execFile } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import t from "tap";
import { HttpSession } from "./http-session.js";

const run = promisify(execFile);
const has = await run("curl", ["--version"]).then(
  () => true,
  () => false,
);
const withCurl = { skip: !has && "there is no curl here" };

const http = await HttpSession.start();
const folder = mkdtempSync(join(tmpdir(), "ayes-curl-"));
t.teardown(() => rmSync(folder, { recursive: true }));
const url = `${http.serving.url}/v1/files`;
const bytes = randomBytes(2_500_000);
const file = join(folder, "7.pdf");
writeFileSync(file, bytes);

/** With an empty standard input. */
async function curl(...args: string[]): Promise<string> {
  const running = run("curl", ["-sS", "-m", "60", ...args]);
  running.child.stdin?.end();
  return (await running).stdout;
}

const status = ["-o", join(folder, "body"), "-w", "%{http_code}"];

t.test("-T uploads, by a whole URL or into a folder", withCurl, async (t) => {
  t.match(JSON.parse(await curl("-T", file, `${url}/a/8.pdf`)), { outcome: "committed", size: bytes.length });
  t.match(JSON.parse(await curl("-T", file, `${url}/a/`)), { outcome: "committed", path: "a/7.pdf" });
  const type = ["-H", "content-type: application/pdf"];
  t.match(JSON.parse(await curl("-T", "-", ...type, `${url}/a/empty`)), { size: 0 });
  await curl("-o", join(folder, "back"), `${url}/a/7.pdf`);
  t.ok(readFileSync(join(folder, "back")).equals(bytes));
});

t.test("-C - resumes a download, and has nothing to do when it is whole", withCurl, async (t) => {
  const part = join(folder, "part");
  writeFileSync(part, bytes.subarray(0, 1_000_000));
  t.equal(await curl("-C", "-", "-o", part, "-w", "%{http_code}", `${url}/a/7.pdf`), "206");
  t.ok(readFileSync(part).equals(bytes));
  t.equal(await curl("-C", "-", "-o", part, "-w", "%{http_code}", `${url}/a/7.pdf`), "416");
  t.ok(readFileSync(part).equals(bytes));
});

t.test("-C resumes no upload: the answer says so", withCurl, async (t) => {
  const answer = JSON.parse(await curl("-C", "1000", "-T", file, `${url}/a/9.pdf`));
  t.match(answer, { error: { code: "invalid", message: /must be the whole file/ } });
  t.equal(await curl(...status, `${url}/a/9.pdf`), "404");
});

t.test("a digest and a precondition", withCurl, async (t) => {
  const digest = (text: Uint8Array) =>
    `content-digest: sha-256=:${createHash("sha256").update(text).digest("base64")}:`;
  t.equal(await curl(...status, "-T", file, "-H", digest(bytes), "-H", "if-none-match: *", `${url}/b`), "201");
  t.equal(await curl(...status, "-T", file, "-H", "if-none-match: *", `${url}/b`), "412");
  t.equal(await curl(...status, "-T", file, "-H", digest(Buffer.from("x")), `${url}/c`), "400");
  t.equal(await curl(...status, "--path-as-is", "-T", file, `${url}/a/../../x`), "400");
  t.equal(await curl(...status, "-X", "DELETE", `${url}/b`), "200");
});
