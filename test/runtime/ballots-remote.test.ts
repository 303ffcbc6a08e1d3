/** People who vote over a link, over HTTP, and at the prompt. */

import t from "tap";
import { parse } from "../../cli/language/parse.js";
import { ballotsText } from "../../cli/output/ballots.js";
import { jsonLine, jsonLines } from "../../cli/output/json.js";
import { viewOf } from "../../cli/output/view.js";
import { embedded } from "../../cli/session/link.js";
import { type Request, Session } from "../../cli/session/session.js";
import { fileReader } from "../../cli/session/values.js";
import { until } from "../../cli/torture/polling.js";
import { HttpSession } from "./http-session.js";
import { linked } from "./link-session.js";
import { COMMITTED, vetoed } from "./ruled-cluster.js";

const http = await HttpSession.start();
const { cluster } = http;
const LONG = { deadlineMs: 300_000 };
const VOTE = { "content-type": "application/json", "x-ayes": "vote" };

await cluster.validate("n2", { rule: "person" });

function bytesIn(operation: object): string {
  const { value, content } = operation as { value?: Uint8Array; content?: Uint8Array };
  return Buffer.from(value ?? content ?? []).toString("hex");
}

async function oneWaits(): Promise<void> {
  await until("one waits", async () => (await cluster.ballots()).length === 1);
}

t.test("over a link", async (t) => {
  const link = await linked(t, http.serving.url);
  const operations = [
    { op: "put", key: ["l", 1], value: { text: "ä\u0000", list: [null, 1.5] } },
    { op: "put", key: "l2", value: new Uint8Array([0, 255]) },
    { op: "writeFile", path: "l3.txt", content: "small" },
  ] as const;
  const checks = [{ key: "l4", is: "absent" }] as const;
  const proposed = link.transact(operations, { id: "l", checks, ...LONG });
  await oneWaits();
  const [ballot] = await link.ballots("n2");
  t.match(ballot, { txn: "l", node: "n2", operations: operations.slice(0, 1), checks, leftMs: Number });
  t.same(ballot?.operations.slice(1).map(bytesIn), ["00ff", Buffer.from("small").toString("hex")]);
  await t.rejects(link.ballots("n9"), { code: "no-such-node" });
  await t.rejects(link.castVote("l", "n1", true), { code: "not-waiting" });
  t.same(await link.castVote("l", "n2", false, "not now"), { txn: "l", node: "n2", vote: "abort", reason: "not now" });
  t.match(await proposed, vetoed("n2", { detail: "not now" }));
  await t.rejects(link.castVote("l", "n2", false), { code: "not-waiting", message: /answered abort already/ });
});

t.test("over HTTP", async (t) => {
  const send = (body: object, headers: Record<string, string> = VOTE) =>
    http.send("/v1/ballots", { method: "POST", headers, body: JSON.stringify(body) });
  t.match(await http.send("/v1/ballots"), { status: 200, body: { ballots: [] } });
  const proposed = cluster.transact([{ op: "put", key: "h", value: new Uint8Array([1]) }], { id: "h", ...LONG });
  await oneWaits();
  const ballot = { txn: "h", node: "n2", operations: [{ op: "put", key: "h", bytes: "AQ==" }], leftMs: Number };
  t.match(await http.send("/v1/ballots?node=n2"), { status: 200, body: { ballots: [ballot] } });
  t.match(await http.send("/v1/ballots?node=n1"), { status: 200, body: { ballots: [] } });
  const vote = { node: "n2", txn: "h", vote: "commit" };
  // Others shall be served meanwhile.
  await cluster.validate("n2", { rule: "always" });
  await http.refused(t, await http.send("/v1/ballots?node=n9"), 404, /no node n9/);
  await http.refused(t, await http.send("/v1/ballots?nod=n2"), 400, /unknown parameter/);
  await http.refused(t, await send(vote, { "content-type": "application/json" }), 403, /meant/);
  await http.refused(t, await send(vote, { "x-ayes": "vote" }), 415, /JSON/);
  await http.refused(t, await send({ ...vote, vote: "maybe" }), 400, /known: commit, abort/);
  await http.refused(t, await send({ ...vote, more: 1 }), 400, /unknown field/);
  await http.refused(t, await send({ ...vote, node: ["n2"] }), 400, /name of a node/);
  await http.refused(t, await send({ ...vote, node: "n1" }), 409, /n1 asks nobody/);
  await http.refused(t, await http.send("/v1/ballots", { method: "DELETE" }), 405, /DELETE/);
  t.match(await send(vote), { status: 200, body: vote });
  t.match(await proposed, COMMITTED);
  await http.refused(t, await send(vote), 409, /answered commit already/);
  const ruled = { method: "PUT", headers: VOTE, body: '{"rule":"person"}' };
  t.match(await http.send("/v1/nodes/n3/validator", ruled), { status: 200, body: { validator: { rule: "person" } } });
  await cluster.validate("n3", { rule: "always" });
});

t.test("at the prompt", async (t) => {
  const session = new Session(embedded(cluster), fileReader(undefined));
  const run = async (text: string) => session.run(parse(text)[0] as Request);
  t.match(await run("validator n2 person"), { kind: "done", text: "n2: person" });
  t.same(await run("ballots"), { kind: "ballots", ballots: [] });
  const proposed = run('tx --id p --deadline 300000 put proposals/1 "a new roof", check p absent');
  await oneWaits();
  const reply = await run("ballots n2");
  t.match(reply, { kind: "ballots", ballots: [{ txn: "p", node: "n2" }] });
  if (reply.kind !== "ballots") return;
  const plain = viewOf({ isTTY: false }, {}, "");
  const what = 'put "proposals/1" "a new roof", check "p" absent';
  t.match(ballotsText(plain, reply.ballots).result, new RegExp(`^node\t.*\nn2\tp\t\\d+ s\t${what}$`));
  t.match(JSON.parse(jsonLine(jsonLines(reply)[0])), { txn: "p", operations: [{ op: "put", value: "a new roof" }] });
  t.match(await run('vote n2 p abort "not this year"'), { kind: "done", text: "n2 says abort to p" });
  t.match(await proposed, { kind: "result", result: vetoed("n2", { detail: "not this year" }) });
  t.match(await run("vote n2 p commit"), { kind: "failed", error: { code: "not-waiting" } });
  t.throws(() => parse("vote n2 p perhaps"), { message: /the vote is one of commit, abort/ });
  t.throws(() => parse("vote n2"), { message: /the id of the transaction is missing/ });
});
