/** `ayes debug`: what it prints of folders and recordings, and its exit codes. */

import { mkdtempSync, rmSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t from "tap";
import { until } from "../../cli/torture/polling.js";
import { Shell } from "./shell.js";

const folder = mkdtempSync(join(tmpdir(), "ayes-debug-"));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));
const data = join(folder, "served");
const file = join(folder, "run");

t.test("a folder and a recording", async (t) => {
  const shell = new Shell(t, folder);
  const url = await shell.up("--record", file);
  await shell.run(["exec", "put a 1; put b two; tx put a 2, del b"]);
  const txn = (await shell.run(["put", "c", "3", "--json"])).out.toString();
  const { txn: last } = JSON.parse(txn) as { txn: string };
  await shell.run(["put", "a", "1"]);
  const inUse = await shell.run(["debug", data]);
  t.match(inUse, { code: 2, err: /in use by process \d+; it runs, so look at it there: / });
  t.match(inUse.err, url, "it is the cluster that is meant here");
  await until("all is over", async () => (await shell.run(["doubt"])).code === 0);
  await shell.stop();

  const summary = await shell.run(["debug", data]);
  t.match(summary, { code: 0, err: "" });
  const text = summary.out.toString();
  t.match(text, /^[0-9a-f]{16} {2}2pc {2}all replicas vote {2}.*served\n/);
  t.match(text, /\d commits, at positions 1 to \d: all there ever were\n/);
  t.match(text, /\nn1\treplica\twhole\t1\t\d+\t0\t\d\t0\n/);
  t.match(text, /no transaction in doubt/);
  t.match(JSON.parse((await shell.run(["debug", data, "--json"])).out.toString()), { source: "logs", complete: true });
  const early = await shell.run(["debug", data, "--step", "1", "--key", "a"]);
  t.match(early.out.toString(), /^after commit 1 of \d+, position 1: committed .*\n(.*\n)*"a"\t1\t/);
  const moment = JSON.parse((await shell.run(["debug", data, "--at", "2", "--json"])).out.toString());
  t.match(moment, {
    step: 2,
    values: [
      { key: "a", value: 1 },
      { key: "b", value: "two" },
      { key: "c", state: "absent" },
    ],
  });
  t.match(
    (await shell.run(["debug", data, "--trace", last])).out.toString(),
    /Committed: it is in the logs of c1, n1, n2 and n3/,
  );
  t.match((await shell.run(["debug", data, "--transactions", "--limit", "2"])).out.toString().split("\n").length, 4);
  t.match(await shell.run(["debug", data, "--at", "1000"]), { code: 2, err: /have positions 1 to/ });
  t.match(await shell.run(["debug", data, "--trace", "nope"]), { code: 1, err: /know nothing/ });
  t.match(await shell.run(["debug", join(folder, "nowhere")]), { code: 3, err: /holds no cluster/ });

  const run = await shell.run(["debug", file]);
  t.match(run, { code: 0, err: "" });
  t.match(run.out.toString(), /recorded \d+ turns\n\nnode\trole\tstate\t.*\nc1\tcoordinator\t/);
  t.match(
    (await shell.run(["debug", file, "--step", "0"])).out.toString(),
    /^after turn 0 of \d+: before the first one/,
  );
  t.match((await shell.run(["debug", file, "--trace", last])).out.toString(), /Committed: n1, n2 and n3 voted yes/);

  truncateSync(join(data, "nodes", "n2", "lmdb", "data.mdb"), 0);
  const damaged = await shell.run(["debug", data]);
  t.match(damaged, { code: 1, out: /\nn2\treplica\tunreadable\t(.*\n)+ {2}n2: .*held data and is empty now/ });
});
