/** Contents that replicas have lost or damaged: never given out, answered from another replica, brought back. */

import { rmSync } from "node:fs";
import t from "tap";
import { until } from "../../cli/torture/polling.js";
import {
  bytesOf,
  clusterOfFiles,
  contentPath,
  flipByte,
  HARMS,
  isWhole,
  REPLICAS,
  stagedIn,
  untilWhole,
} from "./stored-files.js";

const MIB = 1024 * 1024;

for (const hosts of ["threads", "processes"] as const) {
  t.test(`whatever happens to a content at one replica, in ${hosts}`, async (t) => {
    const { data, cluster } = await clusterOfFiles(t, { hosts });
    const bytes = bytesOf(1);
    await cluster.files.write("a", bytes);
    for (const [name, harm] of Object.entries(HARMS)) {
      harm(contentPath(data, "n2", bytes));
      const reading = await cluster.files.read("a", { replica: "n2" });
      t.ok(bytes.equals(await reading.bytes()), `${name}: the answer is right`);
      await untilWhole(data, bytes);
      await until("nothing is being mended", async () => (await cluster.status()).tasks === undefined);
      t.equal(Buffer.compare(await (await cluster.files.read("a", { replica: "n2" })).bytes(), bytes), 0);
    }
    t.same(stagedIn(data), []);
  });
}

t.test("damaged everywhere, nothing wrong is given out", async (t) => {
  const { data, cluster } = await clusterOfFiles(t);
  const bytes = bytesOf(2);
  await cluster.files.write("a", bytes);
  for (const node of REPLICAS) flipByte(contentPath(data, node, bytes), MIB + 100);
  const given: Uint8Array[] = [];
  await t.rejects(
    async () => {
      for await (const piece of await cluster.files.read("a")) given.push(piece);
    },
    { code: "corrupt-data" },
  );
  t.ok(Buffer.concat(given).equals(bytes.subarray(0, MIB)), "the chunk before the damage, and not a byte more");
  const after = await cluster.files.read("a", { range: { start: 2 * MIB } });
  t.ok(bytes.subarray(2 * MIB).equals(await after.bytes()), "what is whole can still be read");
  await cluster.files.write("b", bytes);
  t.ok(bytes.equals(await (await cluster.files.read("a")).bytes()), "the same bytes written again mend it");
  for (const harm of Object.values(HARMS)) {
    for (const node of REPLICAS) harm(contentPath(data, node, bytes));
    await t.rejects(async () => (await cluster.files.read("a")).bytes(), { code: "corrupt-data" });
    await cluster.files.write("b", bytes);
  }
  for (const node of REPLICAS) rmSync(contentPath(data, node, bytes));
  await t.rejects(cluster.files.read("a"), { code: "corrupt-data", why: { file: "a" } });
  t.same(stagedIn(data), []);
});

t.test("damaged everywhere, but nowhere in the same chunk", async (t) => {
  const { data, cluster } = await clusterOfFiles(t);
  const bytes = bytesOf(3);
  await cluster.files.write("a", bytes);
  for (const [index, node] of REPLICAS.entries()) flipByte(contentPath(data, node, bytes), index * MIB + 5);
  t.ok(bytes.equals(await (await cluster.files.read("a")).bytes()));
  await untilWhole(data, bytes);
});

t.test("many contents at once, and many readers of each", async (t) => {
  const { data, cluster } = await clusterOfFiles(t);
  const all = Array.from({ length: 6 }, (_, index) => bytesOf(10 + index));
  await Promise.all(all.map((bytes, index) => cluster.files.write(`f${index}`, bytes)));
  for (const [index, bytes] of all.entries()) flipByte(contentPath(data, REPLICAS[index % 3] as string, bytes), 3);
  const reads = Array.from({ length: 36 }, async (_, index) => {
    const replica = REPLICAS[index % 3] as string;
    return (await cluster.files.read(`f${index % 6}`, { replica })).bytes();
  });
  for (const [index, read] of (await Promise.all(reads)).entries()) t.ok(all[index % 6]?.equals(read));
  for (const bytes of all) await untilWhole(data, bytes);
  await until("nothing is staged any more", () => stagedIn(data).length === 0);
});

t.test("a file that is deleted while it is mended, and a cluster that is closed meanwhile", async (t) => {
  const { data, cluster } = await clusterOfFiles(t);
  const [gone, kept] = [bytesOf(20), bytesOf(21)];
  await cluster.files.write("gone", gone);
  await cluster.files.write("kept", kept);
  for (const bytes of [gone, kept]) flipByte(contentPath(data, "n2", bytes), 3);
  const reading = await cluster.files.read("gone", { replica: "n2" });
  const deleted = cluster.files.delete("gone");
  t.ok(gone.equals(await reading.bytes()), "whoever has it open reads it to its end");
  await deleted;
  await until("it is gone everywhere", () => REPLICAS.every((node) => !isWhole(data, node, gone)));
  t.ok(kept.equals(await (await cluster.files.read("kept", { replica: "n2" })).bytes()));
  await cluster.close();
  t.same(stagedIn(data), [], "nothing is left behind");
});

t.test("a node that dies while it is mended leaves nothing behind, and is mended later", async (t) => {
  const { data, cluster } = await clusterOfFiles(t, { hosts: "processes" });
  const bytes = bytesOf(30);
  await cluster.files.write("a", bytes);
  flipByte(contentPath(data, "n2", bytes), 3);
  t.ok(bytes.equals(await (await cluster.files.read("a", { replica: "n2" })).bytes()));
  await cluster.crash("n2", { restart: false });
  await until("it was given up", async () => (await cluster.status()).tasks === undefined);
  t.same(stagedIn(data), []);
  await cluster.restart("n2");
  t.ok(bytes.equals(await (await cluster.files.read("a", { replica: "n2" })).bytes()));
  await untilWhole(data, bytes);
});
