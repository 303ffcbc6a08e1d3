/** Contents that move: files written while verify looks, and while a replica of an up-set is away. */

import { rmSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { until } from "../../cli/torture/polling.js";
import { bytesOf, clusterOfFiles, isWhole, stagedIn, untilWhole } from "./stored-files.js";

t.test("files that come and go while verify looks are no damage", async (t) => {
  const { cluster } = await clusterOfFiles(t);
  const contents = [bytesOf(30), bytesOf(31)];
  let done = false;
  const writer = (async () => {
    for (let turn = 0; !done; turn += 1) {
      await cluster.files.write("same", contents[turn % 2] as Buffer);
      if (turn % 3 === 0) await cluster.files.delete("same");
    }
  })();
  for (let round = 0; round < 3; round += 1) {
    const { whole, nodes } = await cluster.verify();
    t.ok(whole, JSON.stringify(nodes.flatMap(({ damages }) => damages)));
    t.same(
      nodes.flatMap(({ orphans = [] }) => orphans),
      [],
    );
  }
  done = true;
  await writer;
});

t.test("in an up-set, one that was away is given what was written meanwhile", async (t) => {
  const { data, cluster } = await clusterOfFiles(t, { membership: "up-set", replicas: 3 });
  const [before, replaced, meanwhile] = [bytesOf(40), bytesOf(41), bytesOf(42)];
  await cluster.files.write("before", before);
  await cluster.files.write("replaced", replaced);
  await cluster.crash("n3", { restart: false });
  t.match(await cluster.files.write("new", meanwhile), { outcome: "committed" });
  t.match(await cluster.files.write("replaced", meanwhile), { outcome: "committed" });
  t.match(await cluster.files.delete("before"), { outcome: "committed" });
  await cluster.restart("n3");
  await untilWhole(data, meanwhile);
  await until("what is not needed is gone", () => [before, replaced].every((bytes) => !isWhole(data, "n3", bytes)));
  for (const path of ["new", "replaced"]) {
    t.ok(meanwhile.equals(await (await cluster.files.read(path, { replica: "n3" })).bytes()));
  }
  // And when it has lost its folder.
  await cluster.crash("n2", { restart: false });
  rmSync(join(data, "nodes", "n2"), { recursive: true });
  t.match(await cluster.files.write("last", before), { outcome: "committed" });
  t.match(await cluster.repair("n2"), { contents: 2 });
  t.ok(isWhole(data, "n2", before) && isWhole(data, "n2", meanwhile));
  t.match(await cluster.verify(), { whole: true });
  t.same(stagedIn(data), []);
});
