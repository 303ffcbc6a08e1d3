/** Functions that vote, in threads and in processes: what they see, how they say no, and what becomes of late answers. */

import t from "tap";
import { until } from "../../cli/torture/polling.js";
import type { Cluster, Proposal } from "../../runtime/api.js";
import { COMMITTED, opened, vetoed } from "./ruled-cluster.js";

for (const hosts of ["threads", "processes"] as const) {
  t.test(`${hosts}: a function votes`, async (t) => {
    const cluster = await opened(t, { temporary: true, hosts });
    const seen: Proposal[] = [];
    const judge = (proposal: Proposal) => {
      seen.push(proposal);
      const [operation] = proposal.operations;
      if (operation?.op !== "put") return true;
      if (operation.value === "throws") throw new Error("not this one");
      return operation.value === "false" ? false : operation.value === "text" ? "no text" : true;
    };
    t.same(await cluster.validate("n1", judge), { rule: "outside" });
    const bytes = new Uint8Array([1, 2]);
    const checks = [{ key: "b", is: "absent" }] as const;
    t.match(await cluster.put("k1", bytes, { id: "first", checks }), COMMITTED);
    t.same(seen, [{ txn: "first", node: "n1", operations: [{ op: "put", key: "k1", value: bytes }], checks }]);
    t.match(await cluster.put("k2", "throws"), vetoed("n1", { detail: "not this one" }));
    t.match(await cluster.put("k3", "text"), vetoed("n1", { detail: "no text" }));
    t.match(await cluster.put("k4", "false"), vetoed("n1", { detail: "its function answered false" }));
    t.match(await cluster.put("k5", 1, { checks: [{ key: "b", is: "exists" }] }), { why: { code: "check-failed" } });
    t.equal(seen.length, 4, "what fails anyway is asked of nobody");
    await cluster.crash("n1");
    await cluster.restart("n1");
    t.match(await cluster.put("k6", "text"), vetoed("n1", { detail: "no text" }), "after a crash of the node");
    t.same(await cluster.validator("n1"), { rule: "outside" });
    await cluster.validate("n1", { rule: "no-next" });
    t.match(await cluster.del("a"), vetoed("n1", { detail: "no-next" }));
    t.match(await cluster.put("k7", "text"), vetoed("n1", { detail: "no text" }), "then the function again");
    await cluster.validate("n1", { rule: "always" });
    t.match(await cluster.put("k8", "text"), COMMITTED);
  });

  t.test(`${hosts}: a function that answers late, wrongly or never`, async (t) => {
    const cluster = await opened(t, { temporary: true, hosts });
    let answer: (yes: boolean) => void = () => undefined;
    await cluster.validate("n2", () => new Promise((resolve) => (answer = resolve)));
    const why = { code: "unavailable", node: "n2", detail: /no vote in time/ };
    t.match(await cluster.put("a", 1, { deadlineMs: 400 }), { outcome: "aborted", why });
    await until("n2 has given it up, too", async () => (await considering(cluster)) === 0);
    answer(true);
    const waiting = cluster.put("k9", 2);
    await until("n2 considers it", async () => (await considering(cluster)) === 1);
    t.match(await cluster.get("a", { replica: "n2" }), { value: undefined, waited: false }, "nothing is locked");
    await cluster.crash("n2");
    t.match(await waiting, { outcome: "aborted", why: { code: "unavailable", node: "n2" } });
    answer(true);
    await cluster.restart("n2");
    t.equal(await considering(cluster), 0);
    for (const wrong of [undefined, 1, null, {}] as unknown as boolean[]) {
      await cluster.validate("n2", () => wrong);
      t.match(await cluster.put("k10", 3), vetoed("n2", { detail: /its function answered / }));
    }
    await cluster.validate("n2", () => Promise.reject("a text"));
    t.match(await cluster.put("k11", 3), vetoed("n2", { detail: /a text/ }));
    await until("no key is locked", async () => (await cluster.locks()).length === 0);
  });
}

/** How many transactions wait for a verdict at n2. */
async function considering(cluster: Cluster): Promise<number | undefined> {
  return (await cluster.status()).nodes.find(({ id }) => id === "n2")?.details?.considering;
}

t.test("many at once, each judged once, and replicas agree", async (t) => {
  const cluster = await opened(t, { temporary: true });
  const asked = new Map<string, number>();
  await cluster.validate("n1", async ({ txn, operations: [operation] }) => {
    asked.set(txn, (asked.get(txn) ?? 0) + 1);
    await new Promise((resolve) => setImmediate(resolve));
    return operation?.op === "put" && Number(operation.value) % 3 !== 0;
  });
  const results = await Promise.all(Array.from({ length: 300 }, (_, number) => cluster.put(`k${number}`, number)));
  for (const [number, result] of results.entries()) {
    t.match(result, number % 3 === 0 ? vetoed("n1") : COMMITTED);
  }
  t.equal(asked.size, 300);
  t.ok([...asked.values()].every((times) => times === 1));
  t.equal((await cluster.keys("k", 1000)).length, 200);
  t.match(await cluster.verify(), { whole: true });
  await until("no key is locked", async () => (await cluster.locks()).length === 0);
});
