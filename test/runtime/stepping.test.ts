/** Commits by hand: what waits, what each release does, and what is true in between. */

import t from "tap";
import { COMMITTED, opened } from "./ruled-cluster.js";
import { holds, kindsIn, letGo, lockedAt } from "./steps.js";

for (const hosts of ["threads", "processes"] as const) {
  t.test(`${hosts}: a commit of two-phase commit, step by step`, async (t) => {
    const cluster = await opened(t, { temporary: true, hosts });
    t.same(await cluster.step({}), { stepping: {}, held: [], more: 0 });
    const result = cluster.put("a", 1, { id: "t" });

    await holds(cluster, "c1: begin t");
    t.match((await cluster.held()).held, [
      { id: 1, node: "c1", kind: "message", txn: "t", source: "gateway", body: { kind: "begin" } },
    ]);
    t.match((await cluster.held()).held[0], { body: { contents: [{ op: "put", key: "a", value: "1" }] } });
    await letGo(cluster, "c1: begin t");

    await holds(cluster, "n1: prepare t", "n2: prepare t");
    t.equal(await lockedAt(cluster), "", "nobody has been asked yet");
    await letGo(cluster, "n1: prepare t");

    await holds(cluster, "n1! prepared t", "n2: prepare t");
    t.equal(await kindsIn(cluster, "n1"), "", "its promise is not durable yet");
    await letGo(cluster, "n1! prepared t");

    await holds(cluster, "c1: vote t yes", "n2: prepare t");
    t.equal(await kindsIn(cluster, "n1"), "prepared");
    t.equal(await lockedAt(cluster), "n1 t");
    await letGo(cluster, "n2: prepare t", "n2! prepared t");

    await holds(cluster, "c1: vote t yes", "c1: vote t yes");
    t.match((await cluster.status()).inDoubt, [{ txn: "t", phases: { n1: "prepared", n2: "prepared" } }]);
    await letGo(cluster, "c1: vote t yes", "c1: vote t yes");

    await holds(cluster, "c1! decided t committed");
    t.equal(await kindsIn(cluster, "c1"), "", "the decision is not durable yet, and nobody knows it");
    await letGo(cluster, "c1! decided t committed");
    t.match(await result, COMMITTED, "the client hears it as soon as it is durable");

    await holds(cluster, "n1: decide t committed", "n2: decide t committed");
    t.equal(await lockedAt(cluster), "n1 t, n2 t");
    await letGo(cluster, "n1: decide t committed", "n1! concluded t committed");
    t.equal(await kindsIn(cluster, "n1"), "concluded");
    t.same((await cluster.get("a", { replica: "n1" })).value, 1);
    const behind = await cluster.get("a", { replica: "n2", read: "committed" });
    t.equal(behind.value, undefined, "the other one has not been told");

    await holds(cluster, "c1: ack t", "n2: decide t committed");
    await letGo(cluster, "n2: decide t committed", "n2! concluded t committed");
    await holds(cluster, "c1: ack t", "c1: ack t");
    await letGo(cluster, "c1: ack t", "c1: ack t");
    await holds(cluster);
    t.equal(await cluster.release("next"), undefined, "it is over");
    t.same(await cluster.step("off"), { held: [], more: 0 });
    t.match(await cluster.put("a", 2), COMMITTED, "and what follows goes by itself");
  });
}

t.test("a commit of three-phase commit, always the next", async (t) => {
  const cluster = await opened(t, { temporary: true, protocol: "3pc" });
  await cluster.step({});
  const result = cluster.put("a", 1, { id: "t" });
  const kinds: string[] = [];
  for (let next = await cluster.release("next"); next; next = await cluster.release("next")) {
    kinds.push(next.kind === "commit" ? `! ${next.records.map(({ kind }) => kind)}` : next.body.kind);
  }
  t.match(await result, COMMITTED);
  const count = (kind: string) => kinds.filter((other) => other === kind).length;
  t.same(["prepare", "vote", "precommit", "precommit-ack", "decide"].map(count), [2, 2, 2, 2, 2], "5n messages");
  t.same(["! prepared", "! precommitted", "! concluded"].map(count), [2, 3, 3], "3n + 2 commits");
});
