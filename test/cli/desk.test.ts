/** Statements over HTTP: answered as a terminal would show them, and never with anybody's files. */

import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { statementDesk } from "../../cli/session/desk.js";
import { open } from "../../runtime/client.js";
import { serve } from "../../runtime/gateway/server.js";

const cluster = await open({ temporary: true, replicas: 2 });
const serving = await serve(cluster, { port: 0, chaos: false, extras: [statementDesk(cluster)] });
t.teardown(async () => {
  await serving.close();
  await cluster.close();
});

async function run(text: unknown, headers: Record<string, string> = { "x-ayes": "statement" }) {
  const answer = await fetch(`${serving.url}/v1/statements`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(text === undefined ? {} : { text }),
  });
  return { status: answer.status, body: (await answer.json()) as { text: string; code: number } };
}

t.test("results and remarks, in their order", async (t) => {
  t.match(await run("put a 1; get a"), { status: 200, body: { text: /committed[\s\S]*\n1\n/, code: 0 } });
  t.match(await run("get nothing"), { body: { text: /not found/, code: 1 } });
  t.match(await run("begin; put b 2; commit; get b"), { body: { text: /\n2\n/, code: 0 } });
  t.match(await run("putt a 1"), { body: { text: /did you mean put/, code: 2 } });
  t.match(await run("crash n1"), { body: { text: /chaos/, code: 2 } });
});

t.test("nothing stays open, and nothing goes on for ever", async (t) => {
  t.match(await run("begin; put c 3"), { body: { text: /nothing of it was sent/, code: 2 } });
  t.match(await run("get c"), { body: { code: 1 } });
  t.match(await run("watch a"), { body: { text: /use a prompt/, code: 2 } });
});

t.test("no file of this computer is read or written", async (t) => {
  const folder = t.testdir({});
  const secret = join(folder, "secret.txt");
  const target = join(folder, "target.txt");
  writeFileSync(secret, "nobody asked for this");
  await run('write page "hello"');
  for (const text of [
    `put s @${secret}`,
    `write s ${secret}`,
    `tx write s ${secret}`,
    `read page --output ${target}`,
  ]) {
    const { body } = await run(text);
    t.match(body, { text: /cannot be named here/, code: 2 }, text);
  }
  t.notOk(existsSync(target));
  t.match(await run("get s"), { body: { code: 1 } });
});

t.test("it must be meant, and be a text", async (t) => {
  t.match(await run("get a", {}), { status: 403 });
  t.match(await run(undefined), { status: 400 });
  t.match(await run("x".repeat(65_537)), { status: 413 });
});
