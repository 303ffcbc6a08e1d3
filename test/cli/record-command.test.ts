/** `ayes record`, `ayes up --record` and `ayes replay`: files that are whole, cut, damaged, in the way or no recordings. */

import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t from "tap";
import { until } from "../../cli/torture/polling.js";
import { Shell } from "./shell.js";

const folder = mkdtempSync(join(tmpdir(), "ayes-record-"));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));
const file = (name: string) => join(folder, name);

/** Ends the server without asking, and waits for its end. */
async function kill(): Promise<void> {
  const { pid } = JSON.parse(readFileSync(join(folder, "served", "lock"), "utf8")) as { pid: number };
  process.kill(pid, "SIGKILL");
  await until("it is gone", () => {
    try {
      return process.kill(pid, 0) && false;
    } catch {
      return true;
    }
  });
}

t.test("a run from its start, killed, and one from its middle", async (t) => {
  const shell = new Shell(t, folder);
  const first = await shell.up("--record", file("start"), "--chaos");
  await shell.run(["tx", "put a 1, put b 2"]);
  await shell.run(["crash", "n2"]);
  t.match(await shell.run(["put", "a", "2"]), { code: 0 });
  t.match(await shell.run(["record", file("other"), first]), { code: 2, err: /is under way already/ });
  await kill();
  appendFileSync(file("start"), '{"kind":"turn","line":{"no');
  t.equal(statSync(file("start")).mode & 0o777, 0o600, "it is nobody else's business");
  const { code, out, err } = await shell.run(["replay", "--json", file("start")]);
  t.match({ code, err }, { code: 0, err: "" }, "as far as its lines are whole");
  const reports = out
    .toString()
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  t.match(reports.at(-1), { same: true, nodes: 4 });
  t.match(
    reports.find(({ node }) => node === "n2"),
    { lives: 2, keys: 2, inDoubt: [] },
  );

  const second = await shell.up();
  const recording = shell.run(["record", file("middle"), second, "--seconds", "2"]);
  await until("it records", () => statSync(file("middle"), { throwIfNoEntry: false }) !== undefined);
  t.match(await shell.run(["put", "secret", "12345"]), { code: 0 });
  t.match((await recording).out.toString(), /^recorded \d+ turns in .*middle \(/);
  const replayed = await shell.run(["replay", file("middle")]);
  t.match(replayed, { code: 0, err: "" });
  t.match(replayed.out.toString(), /^node\tlives\t.*\n(.*\n)*n1\t1\t\d+\t0\t\d+\t3\t0\t/);
  const text = readFileSync(file("middle"), "utf8");
  t.match(text, /"\$bytes"|12345/);
  writeFileSync(
    file("forged"),
    text.replace(/"writes":\[\{"key":"secret","value":"12345"/, (found) => found.replace("12345", "12346")),
  );
  t.match(await shell.run(["replay", file("forged")]), {
    code: 1,
    out: /^not the same: n\d, incarnation \d+, turn \d+/,
  });
  t.match(await shell.run(["record", file("middle"), second]), { code: 2, err: /exists already/ });
  t.match(await shell.run(["up", "--record", file("middle"), "--port", "0"]), { code: 2, err: /exists already/ });
});

t.test("what is no recording", async (t) => {
  const shell = new Shell(t, folder);
  writeFileSync(file("empty"), "");
  t.match(await shell.run(["replay", file("empty")]), { code: 2, err: /is no recording: it does not begin/ });
  writeFileSync(file("text"), "hello\n");
  t.match(await shell.run(["replay", file("text")]), { code: 2, err: /line 1 of .* is damaged/ });
  t.match(await shell.run(["replay", file("nowhere")]), { code: 2, err: /does not exist/ });
  t.match(await shell.run(["record", file("new"), "http://127.0.0.1:9"]), { code: 3, err: /nothing answers/ });
});
