/** Answers that are lost on their way back: whatever the caller does then, nothing is done twice. */

import t from "tap";
import type { Result } from "../../runtime/api.js";
import { open } from "../../runtime/client.js";
import { type Ground, runFunction } from "../../runtime/functions/run.js";
import { serve } from "../../runtime/gateway/server.js";
import { linked, passing, Wire } from "./link-session.js";

const cluster = await open({ temporary: true, replicas: 2 });
t.teardown(() => cluster.close());

/** A real cluster of which so many answers to a commit do not arrive. */
function losing(count: number): { ground: Ground; ids: string[] } {
  const ids: string[] = [];
  const transact: Ground["transact"] = async (operations, options): Promise<Result> => {
    const result = await cluster.transact(operations, options);
    ids.push(result.txn ?? "");
    return ids.length > count ? result : { outcome: "unknown", txn: ids[0] ?? "", why: { code: "gateway-lost" } };
  };
  const { traffic } = cluster;
  return { ground: { traffic, snapshot: (query, options) => cluster.snapshot(query, options), transact }, ids };
}

t.test("a commit of which nothing was heard is asked for under its id", async (t) => {
  const { ground, ids } = losing(3);
  const result = await runFunction(ground, (t) => t.add("counter", 1));
  t.match(result, { outcome: "committed", attempts: 1 });
  t.equal(ids.length, 4, "the answer was lost three times");
  t.equal(new Set(ids).size, 1, "each time it was the same transaction");
  t.equal((await cluster.get("counter")).value, 1, "it took effect once");
});

t.test(
  "an abort of which nothing was heard is heard of in the end, and only then is there another attempt",
  async (t) => {
    await cluster.put("read", 1);
    const { ground, ids } = losing(2);
    let runs = 0;
    const result = await runFunction(ground, async (t) => {
      runs += 1;
      await t.get("read");
      if (runs === 1) await cluster.put("read", 2);
      t.add("changes", 1);
    });
    t.match(result, { outcome: "committed", attempts: 2 });
    t.equal(new Set(ids).size, 2, "one id for each attempt");
    t.equal((await cluster.get("changes")).value, 1);
  },
);

t.test("that nobody can be asked any more does not say that nothing happened", async (t) => {
  const serving = await serve(cluster, { port: 0, chaos: false });
  t.teardown(() => serving.close());
  const wire = await Wire.stretch(t, () => Number(new URL(serving.url).port));
  const link = await linked(t, wire.url);
  wire.keepsAnswers = true;
  const running = link.transaction((t) => t.put("heard of", "no"), { deadlineMs: 2000 });
  while ((await cluster.get("heard of")).value === undefined) await passing(5);
  wire.down();
  const result = await running;
  t.match(result, { outcome: "unknown", why: { code: "gateway-lost" } });
  t.match(await cluster.outcome(result.txn ?? ""), { outcome: "committed" });
});
