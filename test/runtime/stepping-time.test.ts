/** Stepping, deaths and time: what is held dies with its node, what is in doubt stays so, and no patience ends. */

import { setTimeout as sleep } from "node:timers/promises";
import t from "tap";
import { until } from "../../cli/torture/polling.js";
import { COMMITTED, opened } from "./ruled-cluster.js";
import { heldAt, holds, kindsIn, letGo } from "./steps.js";

t.test("the coordinator dies while a vote is held: in doubt, until it is back", async (t) => {
  const cluster = await opened(t, { temporary: true });
  await cluster.step({});
  const result = cluster.put("a", 1, { id: "t" });
  await holds(cluster, "c1: begin t");
  await letGo(cluster, "c1: begin t");
  await holds(cluster, "n1: prepare t", "n2: prepare t");
  await letGo(cluster, "n1: prepare t", "n1! prepared t", "n2: prepare t", "n2! prepared t");
  await holds(cluster, "c1: vote t yes", "c1: vote t yes");
  await cluster.crash("c1", { restart: false });
  await holds(cluster, "n1: inquire t", "n2: inquire t");
  await letGo(cluster, "n1: inquire t", "n2: inquire t");
  await holds(cluster, "n1: undecided t", "n2: undecided t");
  await letGo(cluster, "n1: undecided t", "n2: undecided t");
  t.match((await cluster.status()).inDoubt, [{ txn: "t", keys: ["a"], waitingFor: ["c1"] }]);
  t.match((await cluster.held()).stepping, {});
  await cluster.restart("c1");
  await until("c1 is asked", async () => (await heldAt(cluster)).includes("c1: inquire t"));
  await letGo(cluster, "c1: inquire t");
  await until("it answers", async () => (await heldAt(cluster)).some((text) => text.includes("decide t aborted")));
  t.equal((await cluster.status()).inDoubt.length, 1);
  await cluster.step("off");
  t.match(await result, { outcome: "aborted", why: { code: "abandoned" } });
  await until("nothing is in doubt", async () => (await cluster.status()).inDoubt.length === 0);
  t.same(await cluster.locks(), []);
});

t.test("a node that dies in a turn before its commit has not taken it", async (t) => {
  const cluster = await opened(t, { temporary: true });
  await cluster.step({});
  const result = cluster.put("a", 1, { id: "t" });
  await holds(cluster, "c1: begin t");
  await letGo(cluster, "c1: begin t");
  await holds(cluster, "n1: prepare t", "n2: prepare t");
  await letGo(cluster, "n1: prepare t");
  await cluster.crash("n1");
  await cluster.restart("n1");
  t.equal(await kindsIn(cluster, "n1"), "");
  t.match(await result, { why: { code: "unavailable", node: "n1" } });
  await cluster.step("off");
});

t.test("time stands still for nodes, clients and people, and goes on from there", async (t) => {
  const cluster = await opened(t, { temporary: true });
  await cluster.validate("n2", { rule: "person" });
  await cluster.step({});
  const deadlineMs = 2000;
  const result = cluster.put("a", 1, { id: "t", deadlineMs });
  await holds(cluster, "c1: begin t");
  await sleep(1100);
  await letGo(cluster, "c1: begin t");
  await holds(cluster, "n1: prepare t", "n2: prepare t");
  await letGo(cluster, "n1: prepare t", "n1! prepared t", "n2: prepare t");
  await until("n2 asks", async () => (await cluster.ballots()).length === 1);
  const [asked] = await cluster.ballots();
  await sleep(1200);
  t.same(await cluster.ballots(), [asked], "the countdown stands");
  t.ok(asked && asked.leftMs > 500);
  t.same(await heldAt(cluster), ["c1: vote t yes"], "nobody inquires");
  await cluster.castVote("t", "n2", true);
  await holds(cluster, "c1: vote t yes", "n2! prepared t");
  await cluster.step("off");
  t.match(await result, COMMITTED);
  const late = await cluster.put("a", 1, { deadlineMs: 2500 });
  t.match(late, { why: { code: "vetoed", detail: /did not answer in time/ } }, "time goes on");
});

t.test("once nothing waits any more, the clocks of nodes are right again", async (t) => {
  const cluster = await opened(t, { temporary: true, trace: true });
  await cluster.step({});
  const result = cluster.put("a", 1, { id: "t" });
  await holds(cluster, "c1: begin t");
  const stoodMs = 1500;
  await sleep(stoodMs);
  await cluster.step("off");
  t.match(await result, COMMITTED);
  await until("nothing is in doubt", async () => (await cluster.status()).inDoubt.length === 0);
  const begunAt = Date.now();
  const { txn } = await cluster.put("a", 2);
  const { steps } = await cluster.tracing.trace(txn);
  t.equal(steps.filter(({ at }) => at < begunAt - stoodMs / 2).length, 0);
});
