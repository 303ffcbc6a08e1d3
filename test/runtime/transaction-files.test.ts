/** Files and keys in one commit, as transaction functions change them: over threads, over processes, and over a connection. */

import { randomBytes } from "node:crypto";
import t, { type Test } from "tap";
import type { Cluster } from "../../runtime/api.js";
import { connect, open } from "../../runtime/client.js";
import { serve } from "../../runtime/gateway/server.js";

const LARGE = 200_000;

type Story = (t: Test, cluster: Cluster) => Promise<void>;
type Way = { name: string; begin(): Promise<{ cluster: Cluster; end(): Promise<void> }> };

const WAYS: Way[] = [
  { name: "threads", begin: () => embedded("threads") },
  { name: "processes", begin: () => embedded("processes") },
  {
    name: "a connection",
    begin: async () => {
      const { cluster, end } = await embedded("threads");
      const serving = await serve(cluster, { port: 0, chaos: false });
      const link = await connect(serving.url);
      const endAll = async () => {
        await link.close();
        await serving.close();
        await end();
      };
      return { cluster: link, end: endAll };
    },
  },
];

async function embedded(hosts: "threads" | "processes") {
  const cluster = await open({ temporary: true, hosts, replicas: 2 });
  return { cluster, end: () => cluster.close() };
}

async function bytesOf({ files }: Cluster, path: string): Promise<Buffer> {
  return Buffer.from(await (await files.read(path)).bytes());
}

/** What holds over each of them, in this order. */
const STORIES: Record<string, Story> = {
  "an order and its invoice are there together": async (t, cluster) => {
    const invoice = randomBytes(LARGE);
    const result = await cluster.transaction(async (t) => {
      await t.files.write("invoices/7.pdf", invoice, { type: "application/pdf" });
      await t.files.write("invoices/7.txt", "seven");
      t.put("order/7", { paid: true });
    });
    t.match(result, { outcome: "committed" });
    t.match(await cluster.files.stat("invoices/7.pdf"), { version: result.txn, size: LARGE, type: "application/pdf" });
    t.equal((await cluster.get("order/7")).version, result.txn);
    t.ok((await bytesOf(cluster, "invoices/7.pdf")).equals(invoice));
  },
  "a function that throws, or aborts, changes neither": async (t, cluster) => {
    const failing = cluster.transaction(async (t) => {
      await t.files.write("invoices/8.pdf", randomBytes(LARGE));
      t.put("order/8", {});
      throw new Error("changed my mind");
    });
    await t.rejects(failing, { message: "changed my mind" });
    const aborted = await cluster.transaction(async (t) => {
      await t.files.write("invoices/8.pdf", randomBytes(LARGE));
      t.put("order/8", {});
      t.check({ path: "invoices/7.pdf", is: "absent" });
    });
    t.match(aborted, { outcome: "aborted", why: { code: "check-failed", file: "invoices/7.pdf" } });
    await t.rejects(cluster.files.stat("invoices/8.pdf"), { code: "not-found" });
    t.equal((await cluster.get("order/8")).value, undefined);
  },
  "what it has written it sees": async (t, cluster) => {
    await cluster.transaction(async ({ files }) => {
      t.notOk(await files.exists("new"));
      await files.write("new", "new");
      t.match(await files.stat("new"), { size: 3, version: "" });
      await t.rejects(files.read("new"), { code: "invalid" });
      await files.copy("new", "newer");
      await files.rename("newer", "newest");
      t.ok(await files.exists("newest"));
      t.notOk(await files.exists("newer"));
      await files.copy("invoices/7.txt", "seven");
      t.match(await files.stat("seven"), { size: 5, path: "seven" });
      await files.delete("new");
      await t.rejects(files.delete("new"), { code: "not-found" });
      await t.rejects(files.copy("new", "old"), { code: "not-found" });
      t.same((await files.list({ prefix: "new" })).files, [], "lists are as committed");
    });
    t.same(
      (await cluster.files.list({ prefix: "new" })).files.map(({ path }) => path),
      ["newest"],
    );
    t.equal(await (await cluster.files.read("seven")).text(), "seven");
  },
  "a stream is taken once, however often the function runs": async (t, cluster) => {
    const bytes = randomBytes(LARGE);
    let taken = 0;
    const stream = (async function* () {
      taken += 1;
      yield bytes.subarray(0, 1000);
      yield bytes.subarray(1000);
    })();
    await cluster.put("runs", 0);
    let runs = 0;
    const result = await cluster.transaction(async (t) => {
      runs += 1;
      const { value } = await t.get("runs");
      await t.files.write("streamed", stream);
      if (runs < 3) await cluster.put("runs", runs);
      t.put("seen", value ?? null);
    });
    t.match(result, { outcome: "committed", attempts: 3 });
    t.equal(taken, 1);
    t.ok((await bytesOf(cluster, "streamed")).equals(bytes));
    t.equal((await cluster.get("seen")).value, 2);
  },
  "a file that was read, and is another one at the commit, is read again": async (t, cluster) => {
    await cluster.files.write("counter", "0");
    const increment = () =>
      cluster.transaction(async ({ files }) => {
        const number = Number(await (await files.read("counter")).text());
        await files.write("counter", String(number + 1));
      });
    const results = await Promise.all(Array.from({ length: 8 }, increment));
    t.same(
      results.map(({ outcome }) => outcome),
      Array(8).fill("committed"),
    );
    t.equal(await (await cluster.files.read("counter")).text(), "8", "none was lost");
  },
  "a list that was read, and is another one at the commit, is read again": async (t, cluster) => {
    let runs = 0;
    const result = await cluster.transaction(async (t) => {
      runs += 1;
      const { files: found } = await t.files.list({ prefix: "listed/" });
      if (runs === 1) await cluster.files.write("listed/late", "x");
      t.put("listed", found.length);
    });
    t.match(result, { outcome: "committed", attempts: 2 });
    t.equal((await cluster.get("listed")).value, 1);
  },
  "many files change together or not at all": async (t, cluster) => {
    const version = (number: number) =>
      cluster.transaction(async (t) => {
        for (let index = 0; index < 20; index += 1) await t.files.write(`site/${index}`, `version ${number}`);
        t.put("site", number);
      });
    await version(0);
    let over = false;
    const reader = async () => {
      while (!over) {
        const ended = await cluster.transaction(async (t) => {
          const texts = await Promise.all(
            [0, 7, 19].map(async (index) => (await t.files.read(`site/${index}`)).text()),
          );
          return [...new Set(texts), `version ${(await t.get("site")).value}`];
        });
        const seen = ended.outcome === "committed" ? ended.value : [];
        if (seen.length !== 2 || seen[0] !== seen[1]) throw new Error(`torn: ${seen}`);
      }
    };
    const reading = reader();
    for (let number = 1; number <= 10; number += 1) t.match(await version(number), { outcome: "committed" });
    over = true;
    await t.resolves(reading);
  },
};

for (const { name, begin } of WAYS) {
  t.test(`over ${name}`, async (t) => {
    const { cluster, end } = await begin();
    for (const [what, story] of Object.entries(STORIES)) await t.test(what, (t) => story(t, cluster));
    await end();
  });
}
