/** The checker of the crash tests must itself notice a broken promise. */

import { join } from "node:path";
import t from "tap";
import { readStores, storeViolations } from "../../cli/torture/stores.js";
import { open } from "../../runtime/client.js";
import { openLmdb } from "../../storage/lmdb.js";
import { temporaryFolder } from "../storage/folder.js";
import { violations } from "./invariants.js";
import { type History, Load } from "./load.js";

t.test("a lost, a ghostly and a changed transaction are noticed", async (t) => {
  const data = temporaryFolder(t);
  const cluster = await open({ data });
  t.teardown(() => cluster.close());
  const load = new Load(cluster, { most: 50 });
  await load.finished();
  t.same(await violations(cluster, load.history), []);
  const lost: History = new Map([...load.history, ["lost-1", { outcome: "committed", txn: "lost-1" }]]);
  t.match((await violations(cluster, lost))[0], /lost-1 was told committed and is now not-found/);
  const [txn = ""] = [...load.history].find(([, { outcome }]) => outcome === "committed") ?? [];
  const ghost: History = new Map([...load.history, [txn, { outcome: "aborted", txn, why: { code: "conflict" } }]]);
  t.match((await violations(cluster, ghost))[0], /told aborted and is now committed/);
  const { cluster: name } = await cluster.status();
  await cluster.close();
  t.same(storeViolations(readStores(data)), []);
  const identity = { cluster: name, node: "n2" };
  const store = openLmdb({ folder: join(data, "nodes", "n2"), identity, create: false });
  Array.from(store.replay());
  store.commit({ records: [], writes: [{ key: "contended/1", value: undefined, version: "x" }] });
  store.close();
  t.match(storeViolations(readStores(data)), [/n2 and n1 hold different data/]);
});
