/** Stepping over a link, over HTTP, and at the prompt. */

import t from "tap";
import { parse } from "../../cli/language/parse.js";
import { jsonLines } from "../../cli/output/json.js";
import { textOf } from "../../cli/output/text.js";
import { viewOf } from "../../cli/output/view.js";
import { embedded } from "../../cli/session/link.js";
import { exitCode, type Reply } from "../../cli/session/reply.js";
import { type Request, Session } from "../../cli/session/session.js";
import { fileReader } from "../../cli/session/values.js";
import { until } from "../../cli/torture/polling.js";
import { CHAOS, HttpSession } from "./http-session.js";
import { linked } from "./link-session.js";
import { COMMITTED } from "./ruled-cluster.js";

const http = await HttpSession.start();
const { cluster } = http;
const KEY = "x".repeat(500);

async function oneIsHeld(): Promise<void> {
  await until("one is held", async () => (await cluster.held()).held.length === 1);
}

t.test("over a link", async (t) => {
  const link = await linked(t, http.serving.url);
  t.same(await link.step({ txn: "l" }), { stepping: { txn: "l" }, held: [], more: 0 });
  const result = link.put(["l", 1], KEY, { id: "l", deadlineMs: 60_000 });
  await oneIsHeld();
  const list = await link.held();
  t.same(list, await cluster.held());
  const contents = [{ op: "put", key: ["l", 1], value: `${JSON.stringify(KEY).slice(0, 200)}…` }];
  t.match(list, { held: [{ kind: "message", node: "c1", says: "begin l", body: { contents } }] });
  t.match(await link.release(list.held[0]?.id ?? 0), { says: "begin l" });
  await t.rejects(link.release(999), { code: "not-waiting" });
  await t.rejects(link.step({ txn: 5 } as unknown as object), { code: "invalid" });
  await link.step("off");
  t.match(await result, COMMITTED);
  t.equal(await link.release("next"), undefined);
  const quiet = await linked(t, http.quiet.url);
  for (const work of [() => quiet.step({}), () => quiet.held(), () => quiet.release("next")]) {
    await t.rejects<unknown>(work, { code: "no-chaos" });
  }
});

t.test("over HTTP", async (t) => {
  const send = (method: string, body: unknown, headers: Record<string, string> = CHAOS, port = http.serving.port) =>
    http.send("/v1/step", { method, headers, body: JSON.stringify(body) }, port);
  t.same((await http.send("/v1/step")).body, { held: [], more: 0 });
  t.match(await send("PUT", { on: true, txn: "h" }), { status: 200, body: { stepping: { txn: "h" } } });
  const result = cluster.put("h", 1, { id: "h" });
  await oneIsHeld();
  const { body } = await http.send("/v1/step");
  t.match(body, { held: [{ id: Number, node: "c1", txn: "h", source: "gateway", says: "begin h" }] });
  await http.refused(t, await send("PUT", { on: false }, { "content-type": "application/json" }), 403, /meant/);
  await http.refused(t, await send("POST", { release: "next" }, { "x-ayes": "chaos" }), 415, /JSON/);
  await http.refused(t, await send("PUT", {}), 400, /on must be true or false/);
  await http.refused(t, await send("PUT", { on: false, txn: "h" }), 400, /unknown field "txn"/);
  await http.refused(t, await send("PUT", { on: true, node: "h" }), 400, /unknown field "node"/);
  await http.refused(t, await send("POST", { release: "all" }), 400, /a number of at least 1, or "next"/);
  await http.refused(t, await send("POST", { release: 999 }), 409, /nothing with the number 999/);
  await http.refused(t, await http.send("/v1/step?a=1"), 400, /unknown parameter/);
  await http.refused(t, await http.send("/v1/step", { method: "DELETE" }), 405, /DELETE/);
  for (const method of ["GET", "PUT", "POST"]) {
    const { status } = await http.send("/v1/step", { method, headers: CHAOS }, http.quiet.port);
    t.equal(status, 404, `${method} without chaos`);
  }
  t.match(await send("POST", { release: "next" }), { status: 200, body: { released: { says: "begin h" } } });
  t.match(await send("PUT", { on: false }), { status: 200, body: { stepping: undefined, held: [] } });
  t.match(await result, COMMITTED);
  t.match(await send("POST", { release: "next" }), { status: 200, body: { released: null } });
});

t.test("at the prompt: what waits for steps does not block it, and is answered by the step that ends it", async (t) => {
  const session = new Session(embedded(cluster), fileReader(undefined));
  const run = async (text: string) => session.run(parse(text)[0] as Request);
  const plain = viewOf({ isTTY: false }, {}, "");
  const answers: Reply[] = [];
  t.match(await run("step on"), { kind: "held", list: { stepping: {} } });
  t.match(await run("put p 1"), { kind: "note", facts: { waits: true } });
  const listed = await run("step list");
  t.match(textOf(plain, listed).result, /^id\tnode\tfrom\twhat\t\n\d+\tc1\tgateway\tbegin \w+\t$/);
  t.match(jsonLines(listed), [{ stepping: {}, held: [{ kind: "message" }] }]);
  for (;;) {
    const reply = await run("step");
    if (reply.kind !== "released") break;
    answers.push(...reply.answers);
    if (!reply.released) break;
  }
  t.match(answers, [{ kind: "result", result: COMMITTED }], "once, with the step that ended it or the next");
  await run("put q 1");
  const off = await run("step off");
  t.match(off, { kind: "held", list: { stepping: undefined }, answers: [{ kind: "result" }] });
  t.match(textOf(plain, off).result, /^committed /);
  t.equal(exitCode({ kind: "released", released: undefined, answers: [{ kind: "failed", error: failure() }] }), 1);
  t.match(await run("put q 2"), { kind: "result", result: COMMITTED }, "and what follows is answered at once");
  t.match(await run("step 999"), { kind: "failed", error: { code: "not-waiting" } });
});

function failure() {
  return Object.assign(new Error("gone"), { code: "not-found" }) as never;
}

t.test("words", async (t) => {
  for (const [text, statement] of [
    ["step", { kind: "release", id: "next" }],
    ["step next", { kind: "release", id: "next" }],
    ["step 12", { kind: "release", id: 12 }],
    ["step list", { kind: "held" }],
    ["step on", { kind: "stepping", plan: {} }],
    ["step on 12", { kind: "stepping", plan: { txn: "12" } }],
    ["step on off", { kind: "stepping", plan: { txn: "off" } }],
    ["step off", { kind: "stepping", plan: "off" }],
    ["step order-7", { kind: "stepping", plan: { txn: "order-7" } }],
    ["step 'off'", { kind: "stepping", plan: { txn: "off" } }],
  ] as const) {
    t.same(parse(text), [statement], text);
  }
  for (const text of ["step 0", "step off now", "step 3 4", "step {}"]) t.throws(() => parse(text), text);
});
