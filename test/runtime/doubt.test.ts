/** Transactions in doubt: what is listed and refused, what a person forces, and what becomes of it. */

import t from "tap";
import { parse } from "../../cli/language/parse.js";
import { doubtsText } from "../../cli/output/doubts.js";
import { viewOf } from "../../cli/output/view.js";
import { embedded } from "../../cli/session/link.js";
import { exitCode, type Reply } from "../../cli/session/reply.js";
import { type Request, Session } from "../../cli/session/session.js";
import { fileReader } from "../../cli/session/values.js";
import { until } from "../../cli/torture/polling.js";
import { open } from "../../runtime/client.js";
import type { Doubt } from "../../runtime/doubt-api.js";
import type { CrashPlan } from "../../runtime/faults.js";
import { connectLink } from "../../runtime/gateway/link.js";
import { serve } from "../../runtime/gateway/server.js";

const MEANT = { "content-type": "application/json", "x-ayes": "doubt" };
const cluster = await open({ temporary: true, chaos: true });
t.teardown(() => cluster.close());
const { doubt } = cluster;

/** The coordinator is gone at this point of the transaction. Nobody is short of time. */
async function block(txn: string, plan: CrashPlan): Promise<void> {
  await cluster.crash("c1", { ...plan, txn, restart: false });
  void cluster.put("a", txn, { id: txn, deadlineMs: 60_000 });
  const isDown = async () => (await cluster.status()).nodes.some(({ id, state }) => id === "c1" && state === "held");
  await until("c1 is down", isDown);
  await until("they wait", async () => (await doubt.list()).some(({ objections }) => objections.abort === undefined));
}

async function only(): Promise<Doubt> {
  const [first, ...others] = await doubt.list();
  if (!first || others.length > 0) throw new Error(`${others.length} others`);
  return first;
}

/** The coordinator is back, and all that was in doubt has ended. */
async function end(): Promise<void> {
  await cluster.restart("c1");
  await until("all know", async () => (await doubt.list()).length === 0);
}

t.test("what blocks is listed, with what each log proves, and who waits", async (t) => {
  await block("t1", { at: "after-decision" });
  const read = cluster.get("a", { deadlineMs: 2000, replica: "n2" });
  await until("somebody waits", async () => (await only()).readers.n2 === 1);
  const voted = { isUp: true, proves: /voted yes/ };
  t.match(await only(), {
    txn: "t1",
    protocol: "2pc",
    state: "undecided",
    keys: ["a"],
    waitingFor: ["c1"],
    logs: [
      { node: "c1", isUp: false, proves: /down/ },
      { node: "n1", ...voted },
      { node: "n2", ...voted },
      { node: "n3", ...voted },
    ],
    forced: [],
    objections: {},
  });
  await cluster.restart("c1");
  t.match(await read, { value: "t1" }, "it was decided, and whoever waited reads on");
  await until("nothing is in doubt", async () => (await doubt.list()).length === 0);
});

t.test("a commit that the coordinator confirms is over without a trace", async (t) => {
  await block("t2", { at: "after-decision" });
  const forced = await doubt.resolve("t2", "commit", { reason: " the log of c1 says so ", by: "ann" });
  const order = { outcome: "committed", reason: "the log of c1 says so", by: "ann", at: Number };
  t.match(forced, { state: "forced", keys: [], forced: ["n1", "n2", "n3"].map((node) => ({ node, ...order })) });
  t.match(await cluster.get("a"), { value: "t2" });
  t.same(await cluster.locks(), []);
  t.match((await cluster.status()).forced, [{ txn: "t2", node: "n1", ...order }, {}, {}]);
  t.match((await cluster.log("n1")).at(-1), { kind: "forced", txn: "t2", ...order });
  await cluster.restart("c1");
  await until("all know", async () => (await doubt.list()).length === 0);
  t.equal((await cluster.status()).forced, undefined);
  t.match(await cluster.outcome("t2"), { outcome: "committed" });
  t.match((await cluster.log("n1")).at(-1), { kind: "concluded", outcome: "committed" });
});

t.test("a contradiction is told until somebody has seen it, also after crashes", async (t) => {
  await block("t3", { at: "after-decision" });
  await doubt.resolve("t3", "abort", { reason: "c1 burnt down", nodes: ["n1"] });
  t.match(await only(), { state: "undecided", objections: { commit: /n1 was forced/ } }, "others wait on");
  await t.rejects(doubt.resolve("t3", "commit", { reason: "no" }), { code: "contradicted", message: /n1 was forced/ });
  t.equal((await cluster.get("a", { replica: "n1" })).value, "t2", "its key is free");
  await cluster.crash("n1", { restart: false });
  await cluster.restart("n1");
  t.match((await only()).forced, [{ node: "n1", outcome: "aborted", reason: "c1 burnt down" }]);
  await t.rejects(doubt.forget("t3"), { code: "contradicted", message: /nobody knows yet/ });
  await cluster.restart("c1");
  await until("it is known", async () => (await only()).state === "mismatch");
  await cluster.crash("n1", { restart: false });
  await cluster.restart("n1");
  const wrong = { node: "n1", outcome: "aborted", real: "committed" };
  t.match(await only(), {
    state: "mismatch",
    forced: [wrong],
    objections: { abort: /promised it and waits/ },
  });
  t.match((await cluster.status()).forced, [wrong]);
  t.match((await cluster.log("n1")).at(-1), { kind: "mismatched", real: { outcome: "committed" } });
  t.match(await cluster.get("a", { replica: "n2" }), { value: "t3" }, "others have it");
  t.equal(
    (await cluster.get("a", { replica: "n1" })).value,
    "t2",
    "a forced outcome is not undone behind anybody's back",
  );
  t.match(await doubt.forget("t3"), { txn: "t3", nodes: ["n1"] });
  t.same(await doubt.list(), []);
  await t.rejects(doubt.forget("t3"), { code: "not-found" });
  t.match(await cluster.put("a", 2), { outcome: "committed" }, "the cluster goes on");
});

t.test("a commit that was never decided is a mismatch too", async (t) => {
  await block("t4", { at: "before-decision" });
  await doubt.resolve("t4", "commit", { reason: "guessed" });
  await cluster.restart("c1");
  await until("all know", async () => (await only()).forced.every(({ real }) => real === "aborted"));
  t.match(await cluster.outcome("t4"), { outcome: "aborted" });
  t.match(await doubt.forget("t4"), { nodes: ["n1", "n2", "n3"] });
});

t.test("what could contradict a log is refused, and says which", async (t) => {
  await block("t5", { at: "before-decision" });
  const reason = { reason: "why not" };
  await t.rejects(doubt.resolve("nothing", "abort", reason), { code: "not-found" });
  await t.rejects(doubt.resolve("t5", "abort", { reason: "  " }), { code: "invalid", message: /needs a reason/ });
  await t.rejects(doubt.resolve("t5", "perhaps" as "abort", reason), { code: "invalid" });
  await t.rejects(doubt.resolve("t5", "abort", { ...reason, nodes: ["c1"] }), { code: "invalid", message: /c1/ });
  t.same(await doubt.list().then(([one]) => one?.forced), [], "nothing was forced");
  await end();
});

t.test("a participant that has not voted rules out a commit", async (t) => {
  await cluster.cut("c1", "n3");
  await cluster.cut("n1", "n3");
  await cluster.cut("n2", "n3");
  await block("t6", { at: "partial-vote-request", targets: ["n1", "n2"] });
  t.match(await only(), { objections: { commit: "n3 has not voted yes" }, logs: [{}, {}, {}, { node: "n3" }] });
  t.equal((await only()).objections.abort, undefined);
  const refused = { code: "contradicted", message: /n3 has not voted yes/ };
  await t.rejects(doubt.resolve("t6", "commit", { reason: "no" }), refused);
  t.match(await doubt.resolve("t6", "abort", { reason: "n3 never voted" }), { state: "forced" });
  for (const other of ["c1", "n1", "n2"]) await cluster.cut(other, "n3", false);
  await end();
});

t.test("while its coordinator is up it is nobody else's to decide", async (t) => {
  await cluster.cut("c1", "n1");
  const put = cluster.put("a", 1, { id: "t7", deadlineMs: 3000 });
  await until("others have voted", async () => (await doubt.list()).length === 1);
  const refused = { code: "contradicted", message: /c1 coordinates it and is up/ };
  await t.rejects(doubt.resolve("t7", "abort", { reason: "hurry" }), refused);
  await cluster.cut("c1", "n1", false);
  t.match(await put, { outcome: "aborted" });
});

t.test("over a link, over HTTP, and at the prompt", async (t) => {
  const serving = await serve(cluster, { port: 0, chaos: true });
  t.teardown(() => serving.close());
  const link = await connectLink(serving.url);
  t.teardown(() => link.close());
  const send = async (path: string, body?: object, headers: Record<string, string> = MEANT) => {
    const request = body ? { method: "POST", headers, body: JSON.stringify(body) } : {};
    const answer = await fetch(`${serving.url}${path}`, request);
    return { status: answer.status, body: (await answer.json()) as object };
  };
  const session = new Session(embedded(cluster), fileReader(undefined));
  const say = (text: string) => session.run(parse(text)[0] as Request);
  t.equal(exitCode(await say("doubt")), 0);
  await block("t/8", { at: "after-decision" });
  t.match(await send("/v1/doubt"), { status: 200, body: { doubts: [{ txn: "t/8", objections: {} }] } });
  const order = { order: "abort", reason: "no", nodes: ["n1"] };
  t.match(await send("/v1/doubt/t%2F8", order, { "content-type": "application/json" }), { status: 403 });
  t.match(await send("/v1/doubt/t%2F8", { ...order, reason: undefined }), { status: 400 });
  t.match(await send("/v1/doubt/nothing", order), { status: 404 });
  t.match(await send("/v1/doubt/t%2F8", order), { status: 200, body: { forced: [{ node: "n1", reason: "no" }] } });
  t.match(await link.doubt.resolve("t/8", "abort", { reason: "nor here", nodes: ["n2"], by: "bob" }), {
    forced: [{ node: "n1" }, { node: "n2", by: "bob" }],
  });
  await t.rejects(link.doubt.resolve("t/8", "commit", { reason: "no" }), { code: "contradicted" });
  t.match(await say('doubt resolve t/8 abort --reason "nor there"'), {
    kind: "done",
    text: /n1, n2, n3 aborted by force/,
  });
  await cluster.restart("c1");
  await until("it is known", async () => (await only()).forced.every(({ real }) => real === "committed"));
  const shown = await say("doubt --older-than 1000");
  t.equal(exitCode(shown), 1, "a mismatch is never too young");
  t.match(shownText(shown), /HEURISTIC MISMATCH n3: aborted by force of .*: nor there; it really is committed/);
  t.match(await send("/v1/doubt/t%2F8", { order: "forget" }), { status: 200, body: { nodes: ["n1", "n2", "n3"] } });
  t.equal(exitCode(await say("doubt")), 0);
});

function shownText(reply: Reply): string {
  const doubts = reply.kind === "doubts" ? reply.doubts : [];
  return String(doubtsText(viewOf({ isTTY: true }, {}, "ayes "), doubts).result);
}
