/** `ayes verify` and `ayes repair`: what they print, and what their exit codes mean. */

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import t from "tap";
import { open } from "../../runtime/client.js";
import { serve } from "../../runtime/gateway/server.js";

const MAIN = fileURLToPath(new URL("../../cli/main.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "ayes-verify-"));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));
const data = join(folder, "data");

async function ayes(...words: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const { NODE_OPTIONS: _options, ...env } = process.env;
  const child = spawn(process.execPath, [MAIN, ...words], { cwd: folder, env: { ...env, HOME: folder } });
  const ran = { out: "", err: "" };
  child.stdout.on("data", (chunk) => {
    ran.out += chunk;
  });
  child.stderr.on("data", (chunk) => {
    ran.err += chunk;
  });
  return new Promise((resolve) => child.once("close", (code) => resolve({ code, ...ran })));
}

t.test("a folder: whole, damaged, in use, nothing there", async (t) => {
  const cluster = await open({ data });
  await cluster.put("a", 1);
  t.match(await ayes("verify", data), { code: 2, err: /in use by process \d+; name its URL instead/ });
  await cluster.close();
  t.match(await ayes("verify", data), {
    code: 0,
    out: /^node\trole\tverdict.*\nc1\t.*\nn1\treplica\twhole\t1\t1\t/,
    err: "",
  });
  truncateSync(join(data, "nodes", "n2", "lmdb", "data.mdb"), 0);
  const damaged = await ayes("verify", "--json", data);
  t.equal(damaged.code, 1);
  const lines = damaged.out
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  t.match(lines, [
    { node: "c1", verdict: "whole" },
    { node: "n1", verdict: "whole", keys: 1 },
    { node: "n2", verdict: "damaged", damages: [{ code: "empty-store" }], next: /ayes repair n2/ },
    { node: "n3", verdict: "whole" },
    { verdict: "damaged", whole: false, differences: [] },
  ]);
  t.match(await ayes("verify", join(folder, "nowhere")), { code: 3, out: "", err: /holds no cluster/ });
});

t.test("up warns; repair and verify over the link", async (t) => {
  const up = spawn(process.execPath, [MAIN, "up", "--port", "0", "--data", data], {
    env: { ...process.env, NODE_OPTIONS: "" },
  });
  t.teardown(() => up.kill("SIGKILL"));
  let warning = "";
  up.stderr.on("data", (chunk) => {
    warning += chunk;
  });
  const url = await new Promise<string>((resolve) => {
    up.stdout.on("data", (chunk) => resolve(/ready (\S+)/.exec(String(chunk))?.[1] ?? ""));
  });
  t.match(warning, /warning: n2 gave-up: .*is empty now.*; `ayes repair n2`/);
  t.match(await ayes("verify", url), {
    code: 1,
    out: /n2\treplica\tdamaged.*n2: empty-store: .*n2: `ayes repair n2`/s,
  });
  t.match(await ayes("repair", "c1", "--url", url), { code: 2, err: /restore the folder of c1 from a backup/ });
  t.match(await ayes("repair", "n2", "--url", url), {
    code: 0,
    out: /^n2 is up: 1 keys and 1 log records copied from n[13]; its old folder is kept as .*n2\.damaged-/,
  });
  t.match(await ayes("repair", "n2", "--url", url), { code: 2, err: /all of it is right/ });
  t.match(await ayes("repair", "n2", "force", "--json", "--url", url), {
    code: 0,
    out: /^\{"node":"n2","source":"n[13]"/,
  });
  t.match(await ayes("verify", url), { code: 0 });
  t.match(await ayes("verify", "http://127.0.0.1:1"), { code: 3, err: /no cluster answers there/ });
  const ended = new Promise((resolve) => up.once("exit", resolve));
  up.kill("SIGTERM");
  await ended;
});

t.test("over HTTP both must be meant, and need no chaos", async (t) => {
  const cluster = await open({ temporary: true });
  const serving = await serve(cluster, { port: 0, chaos: false });
  t.teardown(async () => {
    await serving.close();
    await cluster.close();
  });
  const post = async (path: string, word: string, type = "application/json", body = "{}") => {
    const headers = { "content-type": type, "x-ayes": word };
    const response = await fetch(`${serving.url}${path}`, { method: "POST", headers, body });
    return { status: response.status, body: (await response.json()) as object };
  };
  t.match(await post("/v1/verify", "verify"), {
    status: 200,
    body: { whole: true, nodes: [{ node: "c1" }, {}, {}, {}] },
  });
  t.match(await post("/v1/verify", "chaos"), { status: 403, body: { error: { next: /x-ayes: verify/ } } });
  t.match(await post("/v1/verify", "verify", "text/plain"), { status: 415 });
  t.match(await post("/v1/verify", "verify", "application/json", '{"deep":1}'), { status: 400 });
  t.match(await post("/v1/nodes/n2/repair", "repair"), { status: 400, body: { error: { message: /right/ } } });
  t.match(await post("/v1/nodes/n2/repair", "", "application/json"), { status: 403 });
  t.match(await post("/v1/nodes/n2/repair", "repair", "application/json", '{"force":"yes"}'), { status: 400 });
  t.match(await post("/v1/nodes/n9/repair", "repair"), { status: 404 });
  t.match(await post("/v1/nodes/n2/repair", "repair", "application/json", '{"force":true}'), {
    status: 200,
    body: { node: "n2", source: /n[13]/, kept: /n2\.damaged-/ },
  });
});
