/** Faults that a running cluster is given: a node that stops for a while, a link that is cut or slow; and counts. */

import t from "tap";
import { open } from "../../runtime/client.js";
import { connectLink } from "../../runtime/gateway/link.js";
import { serve } from "../../runtime/gateway/server.js";
import { spanOf, Tally } from "../../runtime/tally.js";
import { CHAOS } from "./http-session.js";

const cluster = await open({ temporary: true, hosts: "processes", chaos: true });
const serving = await serve(cluster, { port: 0, chaos: true });
t.teardown(async () => {
  await serving.close();
  await cluster.close();
});

const stateOf = async (id: string) => (await cluster.status()).nodes.find((node) => node.id === id);

t.test("a link that is cut loses everything and tells nobody, also when its node restarts", async (t) => {
  await cluster.cut("n1", "c1");
  t.same((await cluster.status()).links, [{ between: ["c1", "n1"], cut: true, delayMs: 0 }]);
  t.match(await cluster.put("a", 1, { deadlineMs: 300 }), { outcome: "aborted", why: { code: "unavailable" } });
  t.match(await stateOf("n1"), { state: "up" }, "everybody is up");
  await cluster.crash("n1", { restart: false });
  await cluster.restart("n1");
  t.match(await cluster.put("a", 1, { deadlineMs: 300 }), { outcome: "aborted", why: { code: "unavailable" } });
  await cluster.cut("c1", "n1", false);
  t.equal((await cluster.status()).links, undefined);
  t.match(await cluster.put("after", 1), { outcome: "committed" });
});

t.test("a slow link is slow, and keeps its order", async (t) => {
  await cluster.delay("c1", "n2", 120);
  const beganAt = performance.now();
  const puts = [1, 2, 3].map((value) => cluster.put(`slow-${value}`, value));
  for (const result of await Promise.all(puts)) t.match(result, { outcome: "committed" });
  t.ok(performance.now() - beganAt >= 235, "the request for a vote and the vote cross it");
  await cluster.delay("c1", "n2", 0);
  t.equal((await cluster.status()).links, undefined);
});

t.test("a node that is paused neither answers nor dies", async (t) => {
  const link = await connectLink(serving.url);
  t.teardown(() => link.close());
  await link.pause("n3");
  t.match(await stateOf("n3"), { state: "silent", reason: /SIGSTOP/, next: "resume n3" });
  t.match(await cluster.put("b", 1, { deadlineMs: 300 }), { outcome: "aborted", why: { code: "unavailable" } });
  await link.resume("n3");
  t.match(await cluster.put("d", 1), { outcome: "committed" });
  t.match(await stateOf("n3"), { state: "up", restarts: 0 });
});

t.test("over HTTP, when it is meant", async (t) => {
  const send = async (path: string, body: object, headers: Record<string, string> = CHAOS) => {
    const answer = await fetch(`${serving.url}${path}`, { method: "POST", headers, body: JSON.stringify(body) });
    return { status: answer.status, body: (await answer.json()) as object };
  };
  const link = { between: ["n1", "n2"], cut: true, delayMs: 5 };
  t.match(await send("/v1/links", link, { "content-type": "application/json" }), { status: 403 });
  t.match(await send("/v1/links", link), { status: 200, body: { links: [link] } });
  t.match(await send("/v1/links", { ...link, cut: false, delayMs: 0 }), { status: 200, body: { links: [] } });
  t.match(await send("/v1/links", { between: ["n1"] }), { status: 400 });
  t.match(await send("/v1/links", { between: ["n1", "n1"], cut: true }), { status: 400 });
  t.match(await send("/v1/links", { between: ["n1", "n9"], cut: true }), { status: 404 });
  t.match(await send("/v1/links", { between: ["n1", "n2"], delayMs: 60_001 }), { status: 400 });
  t.match(await send("/v1/nodes/n1/pause", {}), { status: 200, body: { node: "n1", paused: true } });
  t.match(await send("/v1/nodes/n1/resume", {}), { status: 200, body: { node: "n1", paused: false } });
  t.match(await (await fetch(`${serving.url}/v1/locks`)).json(), { locks: [] });
  t.match(await (await fetch(`${serving.url}/v1/nodes/n1/log?limit=1`)).json(), { node: "n1", records: [{}] });
});

t.test("refused: a thread cannot be paused, and nothing of it happens without leave", async (t) => {
  const threads = await open({ temporary: true, replicas: 1, chaos: true });
  const calm = await open({ temporary: true, replicas: 1 });
  t.teardown(() => Promise.all([threads.close(), calm.close()]));
  await t.rejects(threads.pause("n1"), { code: "invalid" });
  await t.rejects(threads.cut("n1", "n7"), { code: "no-such-node" });
  await threads.cut("c1", "n1");
  t.match(await threads.put("a", 1, { deadlineMs: 200 }), { outcome: "aborted" }, "links of threads can be cut, too");
  for (const refused of [calm.pause("n1"), calm.cut("c1", "n1"), calm.delay("c1", "n1", 1)]) {
    await t.rejects(refused, { code: "no-chaos" });
  }
});

t.test("the cluster counts how its transactions ended, and how long they took", async (t) => {
  const before = (await cluster.status()).traffic;
  await cluster.put("c", 1);
  await cluster.transact([{ op: "put", key: "c", value: 2 }], { checks: [{ key: "c", is: "absent" }] });
  const { committed, aborted, spans } = (await cluster.status()).traffic;
  const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);
  t.equal(committed, before.committed + 1);
  t.equal(aborted["check-failed"], (before.aborted["check-failed"] ?? 0) + 1);
  t.equal(sum(spans), sum(before.spans) + 2);
});

t.test("each is counted at the span it fits in", async (t) => {
  const tally = new Tally();
  await tally.count(new Promise((resolve) => setTimeout(() => resolve({ outcome: "committed", txn: "a" }), 30)));
  const index = tally.traffic.spans.indexOf(1);
  t.ok(spanOf(index) >= 29, `up to ${spanOf(index)} ms`);
});
