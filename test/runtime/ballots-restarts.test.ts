/** People who vote, and nodes, coordinators and programs that come and go meanwhile. */

import t from "tap";
import { until } from "../../cli/torture/polling.js";
import { open } from "../../runtime/client.js";
import { temporaryFolder } from "../storage/folder.js";
import { LONG, PERSON, reasonOf, waiting, withPeople } from "./people.js";
import { COMMITTED, opened } from "./ruled-cluster.js";

for (const hosts of ["threads", "processes"] as const) {
  t.test(`${hosts}: restarts of the node, of the coordinator and of the program`, async (t) => {
    const data = temporaryFolder(t);
    const cluster = await open({ data, hosts, replicas: 2, chaos: true });
    await withPeople(cluster, "n2");
    for (const victim of ["n2", "c1"]) {
      const id = `without-${victim}`;
      const waits = cluster.put("a", 1, { id, ...LONG });
      await waiting(cluster, 1);
      await cluster.crash(victim);
      t.match(await reasonOf(cluster.castVote(id, "n2", true)), new RegExp(`${victim} went down`));
      await cluster.restart(victim);
      t.match(await waits, { outcome: "aborted" });
    }
    t.same(await cluster.validator("n2"), PERSON, "after a crash of the node");
    const bytes = new Uint8Array([1, 2]);
    const kept = cluster.transact([{ op: "put", key: ["p", 1], value: bytes }], { id: "kept", ...LONG });
    const [ballot] = await waiting(cluster, 1);
    t.same(ballot?.operations, [{ op: "put", key: ["p", 1], value: bytes }]);
    await cluster.castVote("kept", "n2", true);
    t.match(await kept, COMMITTED);
    const lost = cluster.put("b", 1, LONG);
    await waiting(cluster, 1);
    await cluster.close();
    t.match(await lost, { outcome: "unknown" });
    const again = await opened(t, { data, hosts });
    t.same(await again.validator("n2"), PERSON);
    t.same((await again.get(["p", 1])).value, bytes, "what was committed is there again");
    t.same(await again.ballots(), [], "what nobody waits for any more is not asked");
    const next = again.put("b", 1, { id: "next", ...LONG });
    await waiting(again, 1);
    await again.castVote("next", "n2", true);
    t.match(await next, COMMITTED);
  });
}

t.test("the coordinator dies after the votes: participants ask each other, or it tells when it is back", async (t) => {
  const cluster = await opened(t, { temporary: true });
  await withPeople(cluster, "n1", "n2");
  await cluster.crash("c1", { at: "partial-decision", targets: ["n1"], restart: false });
  const proposed = cluster.put("proposals/1", "yes", { id: "told", ...LONG });
  await waiting(cluster, 2);
  await cluster.castVote("told", "n1", true);
  await cluster.castVote("told", "n2", true);
  await until("n2 has learned it from n1", async () =>
    (await cluster.log("n2")).some((record) => (record as { outcome?: string }).outcome === "committed"),
  );
  await cluster.restart("c1");
  t.match(await proposed, COMMITTED);
});
