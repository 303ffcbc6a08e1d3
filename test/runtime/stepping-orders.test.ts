/** Stepping one transaction among others: who passes, what goes first, and what is refused. */

import { setTimeout as sleep } from "node:timers/promises";
import t from "tap";
import { until } from "../../cli/torture/polling.js";
import { open } from "../../runtime/client.js";
import { reasonOf } from "./people.js";
import { COMMITTED, opened } from "./ruled-cluster.js";
import { holds, idOf, letGo } from "./steps.js";

t.test("one transaction stands, others pass", async (t) => {
  const cluster = await opened(t, { temporary: true });
  t.match(await cluster.step({ txn: "slow" }), { stepping: { txn: "slow" } });
  const slow = cluster.put("a", 1, { id: "slow" });
  await holds(cluster, "c1: begin slow");
  t.match(await cluster.put("b", 1), COMMITTED);
  t.match(await cluster.put("b", 1, { checks: [{ key: "b", is: "absent" }] }), { why: { code: "check-failed" } });
  await letGo(cluster, "c1: begin slow");
  await holds(cluster, "n1: prepare slow", "n2: prepare slow");
  await letGo(cluster, "n1: prepare slow", "n1! prepared slow");
  t.match(await cluster.put("c", 1), COMMITTED, "also while it is half-way");
  t.match(await cluster.put("a", 2), { why: { code: "conflict", winner: "slow" } });
  await letGo(cluster, "n2: prepare slow");
  const stuck = cluster.put("d", 1);
  await sleep(50);
  t.same((await cluster.get("d", { read: "committed", replica: "n1" })).value, undefined, "n2 is in a turn");
  await cluster.step({ txn: "another" });
  t.match(await Promise.all([slow, stuck]), [COMMITTED, COMMITTED], "what is not meant any more goes on");
  await cluster.step("off");
});

t.test("what goes first, and what is no number", async (t) => {
  const cluster = await opened(t, { temporary: true });
  await cluster.step({});
  const results = ["t1", "t2"].map((id) => cluster.put(id, 1, { id }));
  await holds(cluster, "c1: begin t1", "c1: begin t2");
  const [first, second] = (await cluster.held()).held;
  t.equal(second?.after, first?.id);
  t.match(await reasonOf(cluster.release(second?.id ?? 0)), /^not-waiting: 1 has to go before 2: .*\(gateway to c1\)/);
  await letGo(cluster, "c1: begin t1", "c1: begin t2", "n1: prepare t1");
  t.match(await reasonOf(cluster.release((await idOf(cluster, "n1: prepare t2")) ?? 0)), /n1 is in a turn, about to/);
  for (const id of [0, -1, 1.5, "1", "all", {}, undefined]) {
    t.match(await reasonOf(cluster.release(id as number)), /^invalid: what to release/);
  }
  t.match(await reasonOf(cluster.release(999)), /^not-waiting: nothing with the number 999/);
  t.match(await reasonOf(cluster.release(first?.id ?? 0)), /^not-waiting: nothing with the number 1 /);
  for (const plan of ["on", undefined, null, { txn: "" }, { txn: 5 }, { node: "n1" }, []]) {
    t.match(await reasonOf(cluster.step(plan as object)), /^invalid: /);
  }
  await cluster.step("off");
  for (const result of await Promise.all(results)) t.match(result, COMMITTED, "what was held went on in its order");
});

t.test("an up-set, and a cluster without chaos", async (t) => {
  const quiet = await open({ temporary: true, replicas: 2 });
  t.teardown(() => quiet.close());
  for (const work of [quiet.step({}), quiet.held(), quiet.release("next")]) {
    t.match(await reasonOf(work), /^no-chaos: /);
  }
  const cluster = await opened(t, { temporary: true, membership: "up-set" });
  await cluster.step({ txn: "t" });
  const result = cluster.put("a", 1, { id: "t" });
  await until("it is held", async () => (await cluster.held()).held.length > 0);
  await cluster.crash("n2");
  await cluster.restart("n2");
  await cluster.step("off");
  t.match(await result, { outcome: /committed|aborted/ });
  t.match(await cluster.put("b", 1), COMMITTED);
});
