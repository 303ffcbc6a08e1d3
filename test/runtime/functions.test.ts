/** Transaction functions, reads of several keys and scans, embedded and over a connection, on a real cluster. */

import t from "tap";
import type { Cluster, Key } from "../../runtime/api.js";
import { connect, open } from "../../runtime/client.js";
import { serve } from "../../runtime/gateway/server.js";

const cluster = await open({ temporary: true, replicas: 2, chaos: true });
const serving = await serve(cluster, { port: 0, chaos: true });
const link = await connect(serving.url);
t.teardown(async () => {
  await link.close();
  await serving.close();
  await cluster.close();
});

async function fill(prefix: string, values: Record<string, number>): Promise<void> {
  await cluster.transact(Object.entries(values).map(([key, value]) => ({ op: "put", key: prefix + key, value })));
}

for (const [way, client] of Object.entries({ embedded: cluster, linked: link })) {
  t.test(`${way}: scans go forward and back, in pages, and see nothing of the cluster's own`, async (t) => {
    const values = Object.fromEntries(Array.from({ length: 25 }, (_, index) => [String(index + 10), index]));
    await fill(`${way}/`, values);
    const keys = Object.keys(values).map((key) => `${way}/${key}`);
    const page = await client.scan({ prefix: `${way}/`, limit: 10 });
    t.same(
      page.entries.map(({ key }) => key),
      keys.slice(0, 10),
    );
    t.match(page.entries[0], { value: 0, version: String });
    t.match(page, { read: "linearizable", waited: Boolean, replica: /^n/, version: String });
    const all: Key[] = [];
    for await (const { key } of client.scanAll({ prefix: `${way}/`, limit: 7 })) all.push(key);
    t.same(all, keys);
    const back: Key[] = [];
    for await (const { key } of client.scanAll({ prefix: `${way}/`, limit: 7, reverse: true })) back.push(key);
    t.same(back, keys.toReversed());
    const between = await client.scan({ start: `${way}/12`, end: `${way}/15` });
    t.same([between.entries.map(({ value }) => value), between.next], [[2, 3, 4], undefined]);
    const first = await client.scan({ limit: 1 });
    t.notOk(String(first.entries[0]?.key).startsWith("\0"));
  });

  t.test(`${way}: several keys at one moment`, async (t) => {
    await fill(`${way}:`, { a: 1, b: 2 });
    const read = await client.read([`${way}:b`, `${way}:none`, `${way}:a`]);
    t.same(
      read.map(({ value }) => value),
      [2, undefined, 1],
    );
    t.equal(new Set(read.map(({ replica }) => replica)).size, 1);
    const [b] = read;
    const held = [{ key: `${way}:b`, is: "version", version: String(b?.version) }] as const;
    t.match(await client.snapshot({ keys: [`${way}:a`], held }), { entries: [{ value: 1 }] });
    await client.put(`${way}:b`, 3);
    await t.rejects(client.snapshot({ keys: [`${way}:a`], held }), { code: "check-failed", why: { key: `${way}:b` } });
  });

  t.test(`${way}: a function reads, then writes, and sees its own writes`, async (t) => {
    await fill(`${way}=`, { a: 10, b: 20 });
    const result = await client.transaction(async (t) => {
      const { value } = await t.get(`${way}=a`);
      t.put(`${way}=a`, Number(value) - 1);
      t.add(`${way}=b`, 1);
      t.del(`${way}=c`);
      t.put(`${way}=d`, "new");
      const seen = await t.scan({ prefix: `${way}=` });
      const own = await t.read([`${way}=a`, `${way}=b`, `${way}=c`]);
      return [...seen.entries, ...own].map((entry) => entry.value);
    });
    t.match(result, { outcome: "committed", txn: String, attempts: 1, value: [9, 21, "new", 9, 21, undefined] });
    t.same(
      (await client.read([`${way}=a`, `${way}=b`, `${way}=d`])).map(({ value }) => value),
      [9, 21, "new"],
    );
  });

  t.test(`${way}: what the function throws is passed on, and nothing is written`, async (t) => {
    const own = new Error("mine");
    await t.rejects(
      client.transaction(async (t) => {
        t.put(`${way}-thrown`, 1);
        throw own;
      }),
      own,
    );
    t.equal((await client.get(`${way}-thrown`)).value, undefined);
  });
}

t.test("a key that was read and changed meanwhile makes it run again; so does one that was not there", async (t) => {
  await cluster.put("seen", 1);
  for (const key of ["seen", "unseen"]) {
    let runs = 0;
    const result = await link.transaction(async (t) => {
      runs += 1;
      const { value = 0 } = await t.get(key);
      if (runs === 1) await cluster.put(key, 5);
      t.put(`${key} too`, Number(value) + 1);
    });
    t.match([result, runs], [{ outcome: "committed", attempts: 2 }, 2]);
    t.equal((await cluster.get(`${key} too`)).value, 6);
  }
});

t.test("no write skew: two functions that read both keys and write one each cannot both commit", async (t) => {
  await fill("on call/", { ann: 1, bob: 1 });
  const leave = (who: string) =>
    cluster.transaction(async (t) => {
      const { entries } = await t.scan({ prefix: "on call/" });
      await new Promise((resolve) => setTimeout(resolve, 20));
      if (entries.length < 2) return "stays";
      t.del(`on call/${who}`);
      return "leaves";
    });
  const results = await Promise.all([leave("ann"), leave("bob")]);
  t.same(results.map((result) => result.outcome === "committed" && result.value).sort(), ["leaves", "stays"]);
  t.equal((await cluster.scan({ prefix: "on call/" })).entries.length, 1);
});

t.test("no phantom: a key that came into a scanned range makes it run again", async (t) => {
  let runs = 0;
  const result = await cluster.transaction(async (t) => {
    runs += 1;
    const { entries } = await t.scan({ prefix: "guests/", limit: 100 });
    if (runs === 1) await link.put("guests/eve", true);
    t.put("count", entries.length);
  });
  t.match([result.attempts, (await cluster.get("count")).value], [2, 1]);
  const { range, version } = await cluster.scan({ prefix: "guests/" });
  const check = { is: "rangeUnchanged", range, version } as const;
  t.match(await cluster.transact([{ op: "put", key: "x", value: 1 }], { checks: [check] }), { outcome: "committed" });
  await cluster.del("guests/eve");
  t.match(await cluster.transact([{ op: "put", key: "x", value: 1 }], { checks: [check] }), {
    outcome: "aborted",
    why: { code: "check-failed", detail: /a key in the range has come/, range: { start: "guests/", end: "guests0" } },
  });
});

t.test("what it reads was true together, though it asks one after the other", async (t) => {
  await fill("pair/", { a: 0, b: 0 });
  let writing = true;
  const writer = (async () => {
    for (let value = 1; writing; value += 1) await fill("pair/", { a: value, b: value });
  })();
  for (let round = 0; round < 30; round += 1) {
    const result = await link.transaction(
      async (t) => {
        const a = (await t.get("pair/a")).value;
        const b = (await t.get("pair/b")).value;
        if (a !== b) throw new Error(`torn: ${a} and ${b}`);
        return a;
      },
      { maxAttempts: 1000 },
    );
    t.equal(result.outcome, "committed");
  }
  writing = false;
  await writer;
});

t.test("many at once on one key all get through, and none is lost", async (t) => {
  const results = await Promise.all(
    Array.from({ length: 24 }, (_, index) =>
      (index % 2 ? link : cluster).transaction(
        async (t) => {
          const { value = 0 } = await t.get("hot");
          t.put("hot", Number(value) + 1);
        },
        { maxAttempts: 1000, deadlineMs: 60_000 },
      ),
    ),
  );
  t.ok(results.every(({ outcome }) => outcome === "committed"));
  t.equal((await cluster.get("hot")).value, 24);
});

t.test("bounds: attempts, time, and a check of its own are not overrun", async (t) => {
  let runs = 0;
  const spoilt = await cluster.transaction(
    async (t) => {
      runs += 1;
      await t.get("spoilt");
      await cluster.put("spoilt", runs);
      t.put("other", 1);
    },
    { maxAttempts: 3 },
  );
  t.match([spoilt, runs], [{ outcome: "aborted", why: { code: "check-failed", key: "spoilt" }, attempts: 3 }, 3]);
  const endless = await cluster.transaction((t) => new Promise((resolve) => t.put("endless", 1) ?? void resolve), {
    deadlineMs: 30,
  });
  t.match(endless, { outcome: "aborted", why: { code: "abandoned", detail: /did not end within 30 ms/ }, attempts: 1 });
  t.equal((await cluster.get("endless")).value, undefined);
  const failed = await cluster.transaction((t) => {
    t.check({ key: "never there", is: "exists" });
    t.put("other", 2);
  });
  t.match(failed, { outcome: "aborted", why: { code: "check-failed", key: "never there" }, attempts: 1 });
  for (const prefix of ["", "stale/"]) {
    const { range, version } = await cluster.scan({ prefix });
    await cluster.put("stale/1", prefix);
    const stale = await cluster.transaction((t) => {
      t.check({ is: "rangeUnchanged", range, version });
      t.put("other", 3);
    });
    t.match(stale, { outcome: "aborted", why: { code: "check-failed" }, attempts: 1 });
    let runs = 0;
    const fresh = await cluster.transaction(async (t) => {
      runs += 1;
      await t.scan({ prefix, limit: 1000 });
      if (runs === 1) await cluster.put("stale/2", prefix);
      t.put("elsewhere", runs);
    });
    t.match(fresh, { outcome: "committed", attempts: 2 }, "what was scanned is another matter");
  }
});

t.test("a node that dies meanwhile costs attempts, not the transaction", async (t) => {
  await cluster.crash("n2", { at: "after-vote" });
  const result = await link.transaction(
    async (t) => {
      const { value = 0 } = await t.get("survivor");
      t.put("survivor", Number(value) + 1);
    },
    { deadlineMs: 30_000 },
  );
  t.equal(result.outcome, "committed");
  t.equal((await cluster.get("survivor")).value, 1, "once");
});

t.test("what is not a transaction's use is refused, and changes nothing", async (t) => {
  let kept: Parameters<Parameters<Cluster["transaction"]>[0]>[0] | undefined;
  await cluster.transaction((t) => {
    kept = t;
  });
  t.throws(() => kept?.put("late", 1), { code: "invalid", message: /is over/ });
  await t.rejects(Promise.resolve(kept?.get("late")), { code: "invalid", message: /is over/ });
  const nested = cluster.transaction(async () => link.transaction(() => 1));
  await t.rejects(nested, { code: "invalid", message: /must not begin another one/ });
  await t.rejects(cluster.transaction("work" as never), { code: "invalid" });
  await t.rejects(
    cluster.transaction(() => 1, { maxAttempts: 0 }),
    { code: "invalid", message: /maxAttempts/ },
  );
  await t.rejects(
    cluster.transaction(() => 1, { attempts: 3 } as never),
    { code: "invalid", message: /unknown field/ },
  );
  await t.rejects(
    cluster.transaction((t) => t.put("", 1)),
    { code: "invalid" },
  );
  for (const limit of [0, -1, 1.5, 10_001, "5"]) {
    await t.rejects(cluster.scan({ limit } as never), { code: "invalid", message: /limit must be an integer/ });
  }
  await t.rejects(cluster.scan({ prefix: "a", start: "b" }), { code: "invalid", message: /one or the other/ });
  await t.rejects(cluster.scan({ start: "b", end: "a" }), { code: "invalid", message: /ends before it starts/ });
  await t.rejects(cluster.scan({ from: "a" } as never), { code: "invalid", message: /unknown field/ });
  const many = Array.from({ length: 10_000 }, (_, index) => `k${index}`);
  await t.rejects(cluster.read(many), { code: "too-large" });
  await t.rejects(
    cluster.transaction((t) => {
      for (const key of many) t.put(key, 1);
    }),
    { code: "too-large" },
  );
  await t.rejects(cluster.read([]), { code: "invalid", message: /nothing to read/ });
});
