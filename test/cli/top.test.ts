/** `ayes top`: what it shows of a cluster that works, is hurt, and is not there. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t from "tap";
import { between, type Sample } from "../../cli/output/rates.js";
import { topHeader, topLine, topText } from "../../cli/output/top.js";
import { open } from "../../runtime/client.js";
import { serve } from "../../runtime/gateway/server.js";
import { Shell } from "./shell.js";

const folder = mkdtempSync(join(tmpdir(), "ayes-top-"));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));

t.test("rates, latencies, aborts by reason, costs and who is in doubt, from two statuses", async (t) => {
  const cluster = await open({ temporary: true, chaos: true });
  t.teardown(() => cluster.close());
  const look = async (at: number): Promise<Sample> => ({ at, status: await cluster.status() });
  const before = await look(1000);
  for (let number = 0; number < 10; number += 1) await cluster.put(`k${number}`, number);
  await cluster.transact([{ op: "put", key: "k0", value: 1 }], { checks: [{ key: "k0", is: "absent" }] });
  await cluster.validate("n2", { rule: "no-next" });
  await cluster.put("k0", 2);
  await cluster.crash("c1", { at: "after-decision", restart: false });
  await cluster.put("k1", 2, { deadlineMs: 300 });
  const after = await look(3000);
  const second = between(before, after);
  t.match(second, { committed: 5, aborted: { "check-failed": 0.5, vetoed: 0.5 }, unknown: 0.5, inDoubt: 1 });
  t.ok(second.p50 !== null && second.p99 !== null && second.p50 <= second.p99);
  t.ok(second.flushesEach !== null && second.flushesEach >= 3, "each replica flushes for each");
  const pipe = { json: false, quiet: false, terminal: false, colour: false, prefix: "ayes " };
  const fields = topLine(after.status, second).split("\t");
  t.equal(fields.length, topHeader().split("\t").length, "a field for each name");
  t.same(fields.slice(0, 4), ["1970-01-01T00:00:03.000Z", "5.0", "1.0", "0.5"]);
  t.equal(fields[9], "3/4", "one node is down");
  t.equal(fields[10], "1");
  t.match(fields[12], /check-failed 0.5 vetoed 0.5|vetoed 0.5 check-failed 0.5/);
  const screen = topText({ ...pipe, terminal: true }, after.status, second);
  t.match(screen, /5 committed\/s +1 aborted\/s/);
  t.match(screen, /\bc1 +coordinator +held/);
  t.match(screen, /\bn1 +replica +up +1 +0 +0 +1 /, "one key is locked at n1");
  t.match(screen, /IN DOUBT.*\n.*"k1"/);
  t.match(topText({ ...pipe, terminal: true }, after.status, undefined), /measuring/);
});

t.test("as a program: lines, JSON, and nobody there", async (t) => {
  const shell = new Shell(t, folder);
  const cluster = await open({ temporary: true });
  const served = await serve(cluster, { port: 0, chaos: false });
  t.teardown(async () => {
    await served.close();
    await cluster.close();
  });
  const lines = await shell.run(["top", served.url, "--interval", "0.1", "--count", "2"]);
  t.match(lines, { code: 0, err: "" });
  t.match(lines.out.toString().trimEnd().split("\n"), [topHeader(), /\t0\.0\t.*\t4\/4\t0\t0\t-$/, /\t4\/4\t/]);
  const json = await shell.run(["top", "--json", "--url", served.url, "--interval", "0.1", "--count", "1"]);
  t.match(JSON.parse(json.out.toString()), {
    committed: 0,
    p99: null,
    inDoubt: [],
    nodes: [{ id: "c1", state: "up" }],
  });
  t.match(await shell.run(["top", "http://127.0.0.1:9"]), { code: 3, err: /error/ });
  t.match(await shell.run(["top", "--interval", "never"]), { code: 2 });
});
