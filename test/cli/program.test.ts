/** The real program as a shell sees it: streams, exit codes, signals, and mistakes. */

import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import t from "tap";

const MAIN = fileURLToPath(new URL("../../cli/main.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "ayes-program-"));
const children = new Set<ChildProcess>();
t.teardown(() => {
  for (const child of children) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

type Ran = { code: number | null; out: string; err: string };

function start(words: readonly string[], extra: Record<string, string> = {}): ChildProcess {
  // Loaders of the test runner are not for the program.
  const { NODE_OPTIONS: _options, AYES_URL: _url, ...env } = process.env;
  const child = spawn(process.execPath, [MAIN, ...words], { cwd: folder, env: { ...env, HOME: folder, ...extra } });
  children.add(child);
  child.once("exit", () => children.delete(child));
  return child;
}

async function ended(child: ChildProcess): Promise<Ran> {
  const ran: Ran = { code: null, out: "", err: "" };
  child.stdout?.on("data", (chunk) => {
    ran.out += chunk;
  });
  child.stderr?.on("data", (chunk) => {
    ran.err += chunk;
  });
  ran.code = await new Promise((resolve) => child.once("close", resolve));
  return ran;
}

function ayes(words: readonly string[], stdin = "", extra: Record<string, string> = {}): Promise<Ran> {
  const child = start(words, extra);
  child.stdin?.end(stdin);
  return ended(child);
}

/** Starts a server and resolves with its URL. */
async function up(...words: string[]): Promise<{ child: ChildProcess; url: string; output: () => string }> {
  const child = start(["up", "--port", "0", ...words]);
  let out = "";
  const url = await new Promise<string>((resolve, reject) => {
    child.once("exit", () => reject(new Error(`ended: ${out}`)));
    child.stdout?.on("data", (chunk) => {
      out += chunk;
      const found = /^ready (http:\/\/127\.0\.0\.1:\d+)\n/.exec(out)?.[1];
      if (found) resolve(found);
    });
  });
  return { child, url, output: () => out };
}

const NO_TRACE = /^\s+at .*:\d+:\d+/m;

t.test("a pipe into `ayes`: results only, and the exit code", async (t) => {
  const first = await ayes(["--replicas", "1"], "put a 1");
  t.match(first, { code: 0, out: /^committed \w+\n$/, err: "" });
  t.ok(existsSync(join(folder, "ayes-data")));
  t.match(await ayes([], "get a; get a\nget nope\nget a\n"), { code: 1, out: "1\n1\n", err: 'not found: "nope"\n' });
  t.match(await ayes(["--continue"], "get nope\nget a"), { code: 1, out: "1\n" });
  t.match(await ayes([], "gett a"), {
    code: 2,
    out: "",
    err: /stdin:1: error: unknown command "gett"; did you mean get\?/,
  });
  t.match(await ayes(["-e", "get a", "-e", "get a"]), { code: 0, out: "1\n1\n" });
  t.match(await ayes([], "crash n1"), { code: 2, err: /start the cluster with --chaos/ });
  t.match(await ayes(["--json"], "get a; get nope"), { code: 1, out: /"value":1.*\n.*"found":false/ });
});

t.test("usage mistakes: exit code 2, the nearest word, no stack trace", async (t) => {
  const mistakes: [string[], RegExp][] = [
    [["gett", "a"], /unknown command "gett"; did you mean get\?/],
    [["stauts"], /did you mean status\?/],
    [["up", "--prot", "1"], /unknown option '--prot'\n\(Did you mean --port\?\)/],
    [["--chaoss"], /did you mean --chaos\?/],
    [["get", "a", "--josn"], /unknown option --josn; did you mean --json\?/],
    [["put", "a"], /the value is missing \(usage: put KEY VALUE \[--ttl TIME\]\)/],
    [["up", "--replicas", "x"], /a whole number of at least 1/],
    [["up", "--hosts", "clouds"], /threads, processes/],
    [["exec"], /nothing to run/],
    [["run", "nowhere"], /cannot read the file "nowhere": there is no such file/],
    [["get", "a", "--url", "nowhere"], /not a URL of a cluster/],
    [["bench", "--reads", "2"], /a number from 0 to 1/],
    [["completion", "csh"], /bash, zsh and fish/],
  ];
  for (const [words, message] of mistakes) {
    const ran = await ayes(words);
    t.match(ran, { code: 2, out: "", err: message }, words.join(" "));
    t.notMatch(ran.err, NO_TRACE);
  }
});

t.test("help and version", async (t) => {
  t.match(await ayes(["--version"]), { code: 0, out: /^\d+\.\d+\.\d+\n$/ });
  t.match(await ayes(["--help"]), { code: 0, out: /up .*\n.*repl/ });
  for (const command of ["up", "repl", "exec", "run", "status", "bench", "put", "tx", "crash", "completion"]) {
    t.match(await ayes(["help", command]), { code: 0, out: /Examples\n {2}\$ / }, command);
  }
  for (const shell of ["bash", "zsh", "fish"])
    t.match(await ayes(["completion", shell]), { code: 0, out: /ayes.*bench/s });
});

const COMMANDS = `up repl exec run status watch cp top trace record replay debug lab bench folder simulate check torture
  verify explore compare-protocols compat put get scan del add write read rm ls stat mv tx outcome keys locks log crash
  restart pause resume cut mend delay repair validator ballots vote doubt step constraint completion help`;

t.test("every command is there", async (t) => {
  const { out } = await ayes(["--help"]);
  const found = [...out.slice(out.indexOf("Commands:")).matchAll(/^ {2}([a-z][a-z-]*)/gm)].map(([, name]) => name);
  t.same(found.sort(), COMMANDS.split(/\s+/).sort());
});

t.test("no cluster to talk to: exit code 3", async (t) => {
  const nobody = { AYES_URL: "http://127.0.0.1:1" };
  const ran = await ayes(["get", "a"], "", nobody);
  t.match(ran, { code: 3, out: "", err: /no cluster answers there.*ayes up/ });
  t.notMatch(ran.err, NO_TRACE);
  t.match(await ayes(["exec", "http://127.0.0.1:1", "get a"]), { code: 3, out: "" });
  t.match(await ayes(["status", "http://127.0.0.1:1"]), { code: 3, out: "" });
  t.match(await ayes(["bench", "http://127.0.0.1:1", "--seconds", "1"]), { code: 3, out: "" });
  t.match(await ayes(["repl", "http://127.0.0.1:1"], "get a"), { code: 3, out: "" });
  const { err } = await ayes(["get", "a", "--json"], "", nobody);
  t.match(JSON.parse(err), { error: { code: "no-cluster" } });
});

t.test("up, and every client command against it", async (t) => {
  const { child, url, output } = await up("--data", join(folder, "served"), "--chaos", "--replicas", "2");
  const there = { AYES_URL: url };
  const run = (words: string[], stdin = "") => ayes(words, stdin, there);
  t.match(await run(["put", "a", '{"x": 1}']), { code: 0, out: /^committed/ });
  t.match(await run(["get", "a", "--read", "committed", "--json"]), { code: 0, out: /"value":\{"x":1\}/ });
  t.match(await run(["add", "n", "-5"]), { code: 0 });
  t.match(await run(["get", "n", "--replica", "n2"]), { code: 0, out: "-5\n" });
  t.match(await run(["tx", "--id", "once", "put", "b", "1,", "check", "c", "absent"]), {
    code: 0,
    out: "committed once\n",
  });
  t.match(await run(["tx", "--id", "once", "put b 2"]), { code: 1, out: "aborted once id-reused\n" });
  t.match(await run(["outcome", "once"]), { code: 0, out: "committed once\n" });
  t.match(await run(["outcome", "never"]), { code: 1, out: "not-found never\n" });
  t.match(await run(["exec", url, "put b 5; get b"]), { code: 0, out: /\n5\n$/ });
  t.match(await run(["exec", "get zz; get b"]), { code: 1, out: "", err: /stopped: 1 more/ });
  t.match(await run(["exec", "--continue", "get zz; get b"]), { code: 1, out: "5\n" });
  writeFileSync(join(folder, "script"), "# numbers\nput d 1\nadd d 1\nget d\n");
  t.match(await run(["run", "script"]), { code: 0, out: /\n2\n$/ });
  t.match(await run(["run", url, "-"], "get d\n"), { code: 0, out: "2\n" });
  t.match(await run(["put", "e", "@-"], "from stdin"), { code: 0 });
  t.match(await run(["get", "e"]), { code: 0, out: "from stdin\n" });
  t.match(await run(["keys", "--limit", "2"]), { code: 0, out: "a\nb\n", err: /more/ });
  t.match(await run(["status"]), { code: 0, out: /^node\trole.*\nc1\tcoordinator.*\nn1\treplica/ });
  t.match(JSON.parse((await run(["status", url, "--json"])).out), {
    chaos: true,
    nodes: [{ id: "c1", state: "up" }, {}, {}],
  });
  t.match(await run(["log", "n1", "1"]), { code: 0, out: /^\{"kind":"concluded"/ });
  t.match(await run(["locks"]), { code: 0, out: "" });
  t.match(await run(["crash", "n1", "stay"]), { code: 0, out: /n1 crashed; it stays down until: restart n1/ });
  t.match(await run(["put", "a", "2"]), { code: 1, out: /unavailable/, err: /n1/ });
  t.match(await run(["restart", "n1"]), { code: 0, out: "n1 is up\n" });
  t.match(await run(["put", "a", "2"]), { code: 0 });
  t.match(await run(["validator", "n1", "minimum", "accounts/*", "0"]), { code: 0, out: "n1: minimum accounts/* 0\n" });
  t.match(await run(["put", "accounts/a", "-1"]), { code: 1, out: /vetoed/, err: /it would become -1 .*at n1/ });
  t.match(JSON.parse((await run(["validator", "n1", "always", "--json"])).out), { validator: { rule: "always" } });
  t.match(await run(["constraint", "add", "accounts/", "--min", "-1"]), { code: 0, out: /^committed / });
  t.match(await run(["put", "accounts/ann", "-2"]), { code: 1, err: /min -1 on accounts\/: it would become -2/ });
  t.match(await run(["constraint", "list"]), { code: 0, out: 'prefix\tconstraints\n"accounts/"\tmin -1\n' });
  t.same(JSON.parse((await run(["constraint", "list", "--json"])).out), { prefix: "accounts/", min: -1 });
  t.match(await run(["constraint", "remove", "accounts/", "--max"]), { code: 1, err: /no such constraint/ });
  t.match(await run(["constraint", "remove", "accounts/", "--min"]), { code: 0, out: /^committed / });
  t.match(await run(["validator", "c1", "always"]), { code: 2, err: /c1 never votes/ });
  t.match(await run(["log", "n9"]), { code: 2, err: /no node n9/ });
  writeFileSync(join(folder, ".ayesrc"), `url = ${url}\n`);
  t.match(await ayes(["get", "a"]), { code: 0, out: "2\n" }, "the place is in a file");
  rmSync(join(folder, ".ayesrc"));
  t.match(await ayes(["up", "--data", join(folder, "served")]), { code: 3, err: /in use/ });
  const { port } = new URL(url);
  t.match(await ayes(["up", "--data", join(folder, "other"), "--port", port]), { code: 3, err: /port.*taken/ });
  const stopping = ended(child);
  child.kill("SIGTERM");
  t.match(await stopping, { code: 0, err: "" });
  t.equal(output(), `ready ${url}\n`, "exactly one line on stdout");
  t.match(await run(["get", "a"]), { code: 3 });
});

t.test("a reader that stops reading is no error", async (t) => {
  const child = start(["--help"]);
  child.stdout?.destroy();
  t.match(await ended(child), { code: 0, err: "" });
});
