/** A program that writes files is killed at each step of it: its next life finds each folder exactly old or exactly new. */

import { join } from "node:path";
import t from "tap";
import { temporaryFolder } from "../storage/folder.js";
import { FileKiller } from "./file-killer.js";
import { STEPS, seen } from "./file-steps.js";

const REPLICAS = ["n1", "n2", "n3"];
const FILES = 40;
const AFTER_MS = 150;

for (const hosts of ["threads", "processes"] as const) {
  t.test(`nodes in ${hosts}`, async (t) => {
    const data = temporaryFolder(t);
    const killer = new FileKiller({ data, hosts, files: FILES, temporary: temporaryFolder(t) });
    let committed = 0;
    // A step on the disk is the same for both: every other one shows that the program ends as suddenly.
    const steps = Object.entries(STEPS).filter((_, place) => hosts === "threads" || place % 2 === 0);
    for (const [index, [name, step]] of steps.entries()) {
      const node = join(data, "nodes", REPLICAS[index % REPLICAS.length] ?? "");
      const life = await killer.life(() => seen(node, step, AFTER_MS));
      t.same(life.found, [], `before it is killed ${name}`);
      committed += life.committed;
    }
    const last = await killer.life(async () => {});
    t.same(last.found, []);
    t.ok(committed > 0, `${committed} versions were committed`);
  });
}
