/** Who looks on sees whole transactions, and all the same ones at all nodes; nobody is slowed down by it for long. */

import t from "tap";
import { until } from "../../cli/torture/polling.js";
import { connect, open } from "../../runtime/client.js";
import { serve } from "../../runtime/gateway/server.js";
import { isAmong, type Tap, tapped } from "../../runtime/tracing/tap.js";
import { Tracer } from "../../runtime/tracing/tracer.js";
import type { TraceEvent } from "../../runtime/tracing-api.js";

t.test("the latest transactions, filtered, over a link and HTTP too; bad questions are refused", async (t) => {
  const cluster = await open({ temporary: true, trace: true, chaos: true });
  const served = await serve(cluster, { port: 0, chaos: true });
  const link = await connect(served.url);
  t.teardown(async () => {
    await link.close();
    await served.close();
    await cluster.close();
  });
  const first = await cluster.put("alpha", 1);
  await cluster.validate("n1", { rule: "no-next" });
  const second = await cluster.put(["beta", 2], 1);
  await until("all is told", async () => {
    const told = await link.tracing.traces();
    return told.length === 2 && told.every(({ outcome }) => outcome !== "undecided");
  });
  const ids = async (query: object) => (await link.tracing.traces(query)).map(({ txn }) => txn);
  t.same(await ids({}), [second.txn, first.txn], "newest first");
  t.same(await ids({ limit: 1 }), [second.txn]);
  t.same(await ids({ outcome: "committed" }), [first.txn]);
  t.same(await ids({ key: "lph" }), [first.txn]);
  t.same(await ids({ key: "beta" }), [second.txn]);
  t.same(await ids({ reason: "veto" }), [second.txn]);
  t.same(await ids({ id: first.txn.slice(3) }), [first.txn]);
  t.same(await ids({ node: "nobody" }), []);
  t.same(await ids({ olderThanMs: 3_600_000 }), []);
  t.match(await link.tracing.traces({ limit: 1 }), [
    {
      protocol: "2pc",
      coordinator: "c1",
      outcome: "aborted",
      why: { code: "vetoed", node: "n1" },
      keys: [["beta", 2]],
    },
  ]);
  for (const query of [{ limit: -1 }, { limit: 5001 }, { outcome: "maybe" }, { id: 7 }, { other: 1 }, null, []]) {
    await t.rejects(link.tracing.traces(query as object), { code: "invalid" });
  }
  t.throws(() => link.tracing.observe(() => undefined), { code: "invalid" });
  const get = async (path: string) => {
    const answer = await fetch(`${served.url}/v1/traces${path}`);
    return { status: answer.status, body: await answer.json() };
  };
  t.match(await get("?outcome=committed"), { status: 200, body: { traces: [{ txn: first.txn }] } });
  t.match(await get(`/${first.txn}`), { status: 200, body: { txn: first.txn, source: "journal" } });
  t.match(await get("/nope"), { status: 404, body: { error: { code: "not-found" } } });
  t.match(await get("?limit=many"), { status: 400 });
  t.match(await get("?page=2"), { status: 400 });
});

t.test("what happens now, as server-sent events: steps, and what befalls nodes", async (t) => {
  const cluster = await open({ temporary: true, chaos: true });
  const served = await serve(cluster, { port: 0, chaos: true });
  t.teardown(async () => {
    await served.close();
    await cluster.close();
  });
  const leaving = new AbortController();
  const answer = await fetch(`${served.url}/v1/live`, { signal: leaving.signal });
  const events: TraceEvent[] = [];
  const reading = (async () => {
    for await (const chunk of answer.body ?? []) {
      for (const [, data] of Buffer.from(chunk)
        .toString()
        .matchAll(/^data: (.*)$/gm)) {
        events.push(...(JSON.parse(data ?? "[]") as TraceEvent[]));
      }
    }
  })().catch(() => undefined);
  await until("it is told what share is shown", async () => events.length > 0);
  t.match(events[0], { kind: "share", share: 1 }, "looking on wakes it");
  const { txn } = await cluster.put("a", "x".repeat(5000));
  await until("all have acknowledged", async () => JSON.stringify(events).includes('"kind":"ended"'));
  const steps = events.filter((event) => event.kind === "step" && event.txn === txn);
  t.ok(steps.length > 8);
  t.ok(JSON.stringify(steps).length < 30_000, "long values are cut");
  await cluster.crash("n2");
  const told = (state: string) => events.some((event) => event.kind === "life" && event.life.state === state);
  await until("it is back", async () => told("down") && told("starting") && told("up"));
  leaving.abort();
  await reading;
});

t.test("what only a dead coordinator has decided is undecided", async (t) => {
  const cluster = await open({ temporary: true, trace: true, chaos: true });
  t.teardown(() => cluster.close());
  await cluster.crash("c1", { at: "after-decision", restart: false });
  const put = cluster.put("a", 1, { id: "stuck", deadlineMs: 60_000 });
  const promised = async () => {
    const { nodes, inDoubt } = await cluster.status();
    const isGone = nodes.some(({ id, state }) => id === "c1" && state === "held");
    return isGone && inDoubt.some(({ phases }) => Object.keys(phases).length === 3);
  };
  await until("all have promised and c1 is gone", promised);
  t.match(await cluster.tracing.traces(), [{ txn: "stuck", outcome: "undecided" }]);
  await cluster.restart("c1");
  t.match(await put, { outcome: "committed" });
  await until("all know", async () => (await cluster.tracing.traces({ outcome: "committed" })).length === 1);
});

t.test("a share is the same at all nodes, and its size is about right", async (t) => {
  const ids = Array.from({ length: 4000 }, (_, index) => `01M80H0EH8WA27W9MY7ARC${index}`);
  const among = ids.filter((txn) => isAmong(txn, 0.1));
  t.ok(among.length > 300 && among.length < 500, `${among.length} of 4000`);
  const line = { node: "n1", epoch: 1, turn: 1, at: 1, inputs: [], records: [], keys: ["a"], flushed: true };
  const messages = ids.map((txn) => ({ target: "c1", body: { kind: "ack", txn } as const }));
  t.equal(tapped({ ...line, messages }, { share: 0.1 })?.messages.length, among.length);
  t.equal(tapped({ ...line, messages: [] }, { share: 1 }), undefined, "nothing that is about a transaction");
  t.same(tapped({ ...line, messages }, "whole"), { ...line, messages });
});

t.test("under load only a share is shown, and none when nobody looks on", async (t) => {
  let begun = 0;
  const taps: (Tap | undefined)[] = [];
  const shares: number[] = [];
  const tracer = new Tracer({
    nodes: ["c1"],
    always: true,
    whole: undefined,
    record: undefined,
    heading: () => t.fail("nobody records") as never,
    begun: () => begun,
    listen: (tap) => taps.push(tap),
    records: async () => [],
  });
  t.teardown(() => tracer.close());
  const load = setInterval(() => {
    begun += 100;
  }, 5);
  tracer.begin();
  t.same(taps, [{ share: 1 }]);
  await until("there is too much", async () => taps.length > 1);
  t.same(taps.at(-1), undefined);
  const end = tracer.observe((event) => event.kind === "share" && shares.push(event.share));
  await until("a share is shown", async () => shares.some((share) => share > 0 && share < 0.5));
  end();
  await until("none is", async () => taps.at(-1) === undefined);
  clearInterval(load);
  await until("all is, now that it is quiet", async () => JSON.stringify(taps.at(-1)) === '{"share":1}');
});
