/** Keys with a time to live, on a real cluster. */

import t, { type Test } from "tap";
import type { Cluster } from "../../runtime/api.js";
import { open } from "../../runtime/client.js";

async function until(holds: () => Promise<boolean>): Promise<boolean> {
  for (const end = Date.now() + 60_000; Date.now() < end; ) {
    if (await holds()) return true;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return false;
}

async function everywhere(cluster: Cluster, key: string): Promise<unknown[]> {
  return Promise.all(["n1", "n2"].map(async (replica) => (await cluster.get(key, { replica })).value));
}

for (const protocol of ["2pc", "3pc"] as const) {
  t.test(`${protocol}: what is put for a while goes at all replicas, by a transaction`, async (t: Test) => {
    const cluster = await open({ temporary: true, replicas: 2, protocol });
    t.teardown(() => cluster.close());
    const began = Date.now();
    const put = await cluster.put("short", 1, { ttlMs: 2000 });
    t.match(put, { outcome: "committed" });
    await cluster.put("kept", 1, { ttlMs: 2000 });
    await cluster.put("kept", 2);
    await cluster.put("renewed", 1, { ttlMs: 2000 });
    await cluster.put("renewed", 2, { ttlMs: 3_600_000 });
    t.ok(await until(async () => (await cluster.get("short")).value === undefined));
    t.ok(Date.now() - began >= 2000, "it is there until then");
    t.same(await everywhere(cluster, "short"), [undefined, undefined]);
    t.same(await everywhere(cluster, "kept"), [2, 2], "what was written again stays");
    t.same(await everywhere(cluster, "renewed"), [2, 2]);
    t.same(await cluster.keys(), ["kept", "renewed"], "nothing of the cluster's own is shown");
    const again = await cluster.transact([{ op: "put", key: "short", value: 1, ttlMs: 2000 }], { id: put.txn });
    t.match(again, { outcome: "committed" }, "the same request again is the same transaction");
    t.equal((await cluster.get("short")).value, undefined, "and does not put it again");
    const other = await cluster.transact([{ op: "put", key: "short", value: 1, ttlMs: 2001 }], { id: put.txn });
    t.match(other, { why: { code: "id-reused" } });
  });
}

t.test("it outlives crashes and the program; a minimum, or a demand to stay, does not keep it", async (t) => {
  const data = t.testdir();
  const first = await open({ data, replicas: 2, chaos: true });
  await first.constrain("s/", { min: 0, createOnly: true });
  await first.put("s/early", 1, { ttlMs: 1 });
  await first.transact(
    Array.from({ length: 300 }, (_, index) => ({ op: "put", key: `m${index}`, value: 1, ttlMs: 1 })),
  );
  await first.crash("n1");
  await first.close();
  const second = await open({ data, replicas: 2 });
  t.teardown(() => second.close());
  t.ok(await until(async () => (await second.keys()).length === 0));
  t.match(await second.put("s/early", 2), { outcome: "committed" });
});

t.test("a key that others write all the time does not keep those that go with it", async (t) => {
  const cluster = await open({ temporary: true, replicas: 2 });
  t.teardown(() => cluster.close());
  await cluster.transact(["a", "b", "c"].map((key) => ({ op: "put", key, value: 1, ttlMs: 1 })));
  let writes = 0;
  t.ok(
    await until(async () => {
      const { outcome } = await cluster.put("a", writes + 2);
      if (outcome === "committed") writes += 1;
      return (await cluster.keys()).length === 1;
    }),
  );
  t.equal((await cluster.get("a")).value, writes + 1, "nothing that was written later is lost");
});

t.test("times to live are checked", async (t) => {
  const cluster = await open({ temporary: true, replicas: 1 });
  t.teardown(() => cluster.close());
  for (const ttlMs of [0, -1, 1.5, "9", 1e15, Number.NaN]) {
    await t.rejects(cluster.put("k", 1, { ttlMs } as never), { code: "invalid", message: /ttlMs must be an integer/ });
  }
  const expire = [{ op: "expire", key: "k", at: 1 }];
  await t.rejects(cluster.transact(expire as never), { code: "invalid", message: /known: put, del, add/ });
});
