/** Whoever is refused at once and tries again at once hears when the node is back: refusals let the event loop go round. */

import t from "tap";
import { aged, commits, opened, outlive, take } from "./watching.js";

const PATIENCE_MS = 60_000;

/** Tries without any pause of its own. */
async function until(works: () => Promise<boolean>): Promise<boolean> {
  const end = performance.now() + PATIENCE_MS;
  while (performance.now() < end) if (await works()) return true;
  return false;
}

t.test("a transaction while its coordinator is down, a read of a replica that is down", async (t) => {
  const cluster = await opened(t);
  await cluster.crash("c1");
  t.ok(await until(async () => (await cluster.put("a", 1)).outcome === "committed"), "committed");
  const { txn } = await cluster.put("a", 2);
  await cluster.crash("n1");
  const read = () => cluster.get("a", { replica: "n1" });
  t.ok(
    await until(() =>
      read()
        .then(() => true)
        .catch(() => false),
    ),
    "read",
  );
  await cluster.crash("n1");
  const page = () => cluster.changes({ since: "begin", replica: "n1", deadlineMs: 1 });
  t.ok(
    await until(() =>
      page()
        .then(() => true)
        .catch(() => false),
    ),
    "told of changes",
  );
  await cluster.crash("c1");
  await cluster.crash("n1", { restart: false });
  await cluster.crash("n2", { restart: false });
  await cluster.crash("n3", { restart: false });
  const ask = () => cluster.outcome(txn);
  t.ok(
    await until(() =>
      ask()
        .then(({ outcome }) => outcome === "committed")
        .catch(() => false),
    ),
    "known",
  );
});

t.test("who waits while nobody is up waits, and goes on", async (t) => {
  const cluster = await opened(t);
  const watch = cluster.watch();
  await watch.started;
  for (const node of ["n1", "n2", "n3"]) await cluster.crash(node, { restart: false });
  const next = take(watch, 1);
  const began = performance.now();
  const { user } = process.cpuUsage();
  await new Promise((resolve) => setTimeout(resolve, 500));
  const { user: later } = process.cpuUsage();
  const share = (later - user) / 1000 / (performance.now() - began);
  t.ok(share < 0.8, `it does not spin: ${share.toFixed(2)} of a processor`);
  await t.rejects(cluster.changes({ since: "begin" }), { code: "unavailable" });
  for (const node of ["n1", "n2", "n3"]) await cluster.restart(node);
  const [txn] = await commits(cluster, 1, "a");
  t.match(await next, [{ txn }]);
});

t.test("in an up-set, who is down will know no more: a position that is too old is too old", async (t) => {
  const { cluster, position } = await aged(t, { protocol: "3pc", membership: "up-set" });
  await cluster.crash("n3", { restart: false });
  await outlive(cluster, position, "n1");
  await outlive(cluster, position, "n2");
  await t.rejects(take(cluster.watch({ since: position }), 1), { code: "watch-too-old" });
});
