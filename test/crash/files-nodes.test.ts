/** Nodes are killed at each named point while files are written: at every replica each file is exactly old or exactly new. */

import t from "tap";
import { nodeOf } from "../../cli/torture/nodes.js";
import { until } from "../../cli/torture/polling.js";
import { open } from "../../runtime/client.js";
import { temporaryFolder } from "../storage/folder.js";
import { fileViolations, STORIES, tell, versions } from "./file-load.js";
import { pointBlows } from "./points.js";

const FILES = 20;

t.test("kill -9 at each point, one after the other", async (t) => {
  const data = temporaryFolder(t);
  const settings = { inquireAfterMs: 100, resendAfterMs: 100 };
  const cluster = await open({ data, hosts: "processes", chaos: true, settings });
  t.teardown(() => cluster.close());
  for (const { name, victims, strike } of pointBlows("2pc", "n2", "n1")) {
    const before = await cluster.status();
    const from = await versions(cluster);
    let over = false;
    const load = { files: FILES, goesOn: () => !over, say: () => undefined };
    const telling = STORIES.map((story) => tell(cluster, { ...load, story, from: from[story] }));
    await strike(cluster, before, t);
    await until(`${name} and serves again`, async () => {
      const now = await cluster.status();
      return victims.every((victim) => {
        const { epoch = 0, state } = nodeOf(now, victim);
        return state === "up" && epoch > (nodeOf(before, victim).epoch ?? 0);
      });
    });
    over = true;
    await Promise.all(telling);
    t.same(await fileViolations(cluster, data), [], name);
    const come = await versions(cluster);
    t.ok(
      STORIES.some((story) => come[story] > from[story]),
      `${name}: ${JSON.stringify(come)}`,
    );
  }
});
