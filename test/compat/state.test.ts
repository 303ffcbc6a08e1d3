/** The folder of compat processes: what it refuses, and how all of it is ended and nothing else. */

import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import t, { type Test } from "tap";
import { cleanState, takeState } from "../../cli/compat/state.js";
import { until } from "../../cli/torture/polling.js";
import { temporaryFolder } from "../storage/folder.js";

const SCRIPTS = fileURLToPath(new URL("../../../cli/compat/", import.meta.url));
const STATE = new URL("../../cli/compat/state.js", import.meta.url).href;

/** Takes the folder in a process of its own, which then waits. */
async function taker(t: Test, data: string, id: number): Promise<ChildProcess> {
  const code = `import { takeState } from ${JSON.stringify(STATE)};
    takeState(process.argv[1], ${id}, 3); console.log("taken"); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", code, data], { env: {} });
  t.teardown(() => child.kill("SIGKILL"));
  if (child.stdout) await once(child.stdout, "data");
  return child;
}

type Ran = { code: unknown; err: string };

function run(file: string, args: readonly string[], cwd: string): Promise<Ran> {
  const env = { PATH: process.env.PATH, HOME: cwd };
  return new Promise((resolve) => {
    execFile(file, args, { cwd, env }, (error, _out, err) => resolve({ code: error?.code ?? 0, err }));
  });
}

t.test("the first process founds, and all must agree on n", async (t) => {
  const data = join(temporaryFolder(t), "state");
  const first = takeState(data, 1, 3);
  t.match(first, { folder: join(data, "process-1"), isFounder: true, cluster: /^\w{26}$/ });
  const { cluster } = first;
  t.same(takeState(data, 0, 3), { folder: join(data, "process-0"), isFounder: false, cluster });
  t.throws(() => takeState(data, 2, 4), { name: "Problem", message: /n = 3, not 4.*clean/ });
  t.throws(() => takeState(data, 1, 3), { code: "in-use" }, "one process for each id");
  t.same(readdirSync(data).sort(), ["compat.json", "process-0", "process-1"]);
});

t.test("one that is dead has let go, even when nobody has asked how it ended", async (t) => {
  const data = join(temporaryFolder(t), "state");
  const code = `import { takeState } from ${JSON.stringify(STATE)};
    takeState(process.argv[1], 0, 3); console.log(process.pid); process.kill(process.pid, "SIGKILL");`;
  // What a shell becomes does not know of the shell's children.
  const script = '"$0" --input-type=module -e "$1" "$2" & exec sleep 60';
  const parent = spawn("sh", ["-c", script, process.execPath, code, data], { env: {} });
  t.teardown(() => parent.kill("SIGKILL"));
  const [said] = await once(parent.stdout, "data");
  const status = () => readFileSync(`/proc/${Number(String(said))}/stat`, "utf8");
  if (existsSync("/proc/self/stat")) await until("it has ended", () => / Z /.test(status()));
  t.equal(takeState(data, 0, 3).isFounder, true);
});

t.test("a folder of something else is refused and left alone", async (t) => {
  const data = temporaryFolder(t);
  writeFileSync(join(data, "compat.json"), "{}");
  t.throws(() => takeState(data, 0, 3), { name: "Problem", message: /not ours/ });
  t.throws(() => cleanState(data), { name: "Problem", message: /nothing is removed/ });
  t.ok(existsSync(join(data, "compat.json")));
  writeFileSync(join(data, "file"), "");
  t.throws(() => takeState(join(data, "file"), 0, 3), { name: "Problem", message: /cannot be written/ });
});

t.test("clean stops the processes of the folder and nobody else", async (t) => {
  const data = join(temporaryFolder(t), "state");
  t.same(cleanState(data), { stopped: 0 }, "nothing is there");
  const ours = [await taker(t, data, 0), await taker(t, data, 1)];
  const other = await taker(t, join(temporaryFolder(t), "state"), 0);
  // As if its process had died, and its number now belonged to somebody else.
  mkdirSync(join(data, "process-2"));
  writeFileSync(join(data, "process-2", "lock"), JSON.stringify({ pid: other.pid, startedAt: "long ago" }));
  t.same(cleanState(data), { stopped: 2 });
  for (const child of ours) await until("it ended", () => child.signalCode === "SIGKILL");
  t.equal(other.signalCode ?? other.exitCode, null, "the other one runs");
  t.notOk(existsSync(data));
});

t.test("the scripts work from any folder, through links, and say what is wrong", async (t) => {
  const cwd = temporaryFolder(t);
  symlinkSync(join(SCRIPTS, "process"), join(cwd, "first"));
  symlinkSync("first", join(cwd, "process"));
  symlinkSync(join(SCRIPTS, "stopall"), join(cwd, "stopall"));
  const wrong: [string[], RegExp][] = [
    [["3", "3", "10002"], /process 3 is none of 3/],
    [["x", "3", "10002"], /argument 'id'/],
    [["0", "0", "10002"], /argument 'n'/],
    [["0", "3", "123456"], /argument 'masterPort'/],
    [["0", "3"], /masterPort/],
    [["0", "3", "10002", "--framing", "json"], /line, length/],
  ];
  for (const [args, says] of wrong) {
    const { code, err } = await run("./process", args, cwd);
    t.equal(code, 2, args.join(" "));
    t.match(err, says);
    t.notMatch(err, /at .*\.js/, "no stack");
  }
  t.notOk(existsSync(join(cwd, "ayes-compat")), "nothing was made");
  takeState(join(cwd, "ayes-compat"), 0, 2);
  t.match(await run("./process", ["1", "3", "10002"], cwd), { code: 2, err: /n = 2, not 3/ });
  const child = await taker(t, join(temporaryFolder(t), "unused"), 0);
  writeFileSync(join(cwd, "ayes-compat", "process-0", "lock"), JSON.stringify({ pid: child.pid, startedAt: "then" }));
  t.match(await run("./stopall", [], cwd), { code: 0, err: /is clean; 0 processes were stopped/ });
  t.notOk(existsSync(join(cwd, "ayes-compat")));
});
