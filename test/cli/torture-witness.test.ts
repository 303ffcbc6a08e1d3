/** What a watch told is compared with the replicas: an honest one agrees, and every flaw in it is found. */

import { join } from "node:path";
import t from "tap";
import type { End } from "../../cli/torture/clerk.js";
import { readStores } from "../../cli/torture/stores.js";
import { Testimony, Witness } from "../../cli/torture/witness.js";
import { open, type WatchEvent } from "../../runtime/client.js";
import { temporaryFolder } from "../storage/folder.js";

t.test("a gap, a copy, another order, what was aborted, and the end of the watch", async (t) => {
  const data = join(temporaryFolder(t), "data");
  const cluster = await open({ data });
  const told = new Map<string, End>();
  for (let turn = 0; turn < 5; turn += 1) {
    const { txn } = await cluster.put(`key/${turn % 2}`, { turn });
    told.set(txn, "committed");
  }
  const { txn: last } = await cluster.transact([{ op: "del", key: "key/1" }]);
  told.set(last, "committed");
  const events: WatchEvent[] = [];
  for await (const event of cluster.watch({ since: "begin" })) if (events.push(event) === told.size) break;
  const witness = new Witness(cluster);
  t.same(await witness.catchUp(), []);
  for await (const event of cluster.watch({ since: events.at(-1)?.position })) {
    events.push(event);
    break;
  }
  await witness.close();
  const stores = readStores(data);
  t.same(witness.testimony.violations(told, stores), [], "all is well");
  t.equal(witness.testimony.events, told.size + 1);

  const found = (heard: readonly WatchEvent[], known = told) => {
    const testimony = new Testimony();
    for (const event of heard) testimony.hear(event);
    return testimony.violations(known, stores);
  };
  t.same(found(events), []);
  const [one, two, three, ...rest] = events;
  if (!one || !two || !three) throw new Error("there are seven events");
  t.match(found([one, three, ...rest]), [`the watch did not tell of committed ${two.txn}`]);
  t.match(found([one, two, two, three, ...rest]), [`the watch told of ${two.txn} twice`]);
  t.match(found([two, one, three, ...rest]), [/ after .*, behind it$/]);
  t.match(found(events, new Map([[one.txn, "aborted"]])), [`the watch told of aborted ${one.txn}`]);
  const without = found(events.filter(({ txn }) => txn !== last));
  t.equal(without[0], `the watch did not tell of committed ${last}`);
  t.match(without.slice(1), [/^n1 holds other data than the watch told of: key\/1 is absent and/, /^n2 /, /^n3 /]);

  const ended = new Testimony();
  ended.ended("why");
  t.ok(ended.isBroken);
  t.match(ended.violations(new Map(), []), ["the watch ended: why"]);
});
