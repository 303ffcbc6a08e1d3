/** The prompt: what Tab offers, how typing ahead waits, and a real terminal driven key by key. */

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { ReadStream } from "node:tty";
import { fileURLToPath } from "node:url";
import t from "tap";
import { complete, type Names } from "../../cli/repl/complete.js";
import { Gate } from "../../cli/repl/gate.js";
import { PATIENCE_MS, until } from "../../cli/torture/polling.js";
import type { Key } from "../../runtime/api.js";

const KEYS: Key[] = [["accounts", 5], ["accounts", 6, true], ["b"], "a", "user/1", "user/2", "with space", "#odd"];

function begins(key: Key, prefix: Key): boolean {
  if (typeof key === "string") return typeof prefix === "string" && key.startsWith(prefix);
  return prefix === "" || (typeof prefix !== "string" && prefix.every((part, index) => key[index] === part));
}

const NAMES: Names = {
  nodes: async () => ["c1", "n1", "n2"],
  keys: async (prefix) => KEYS.filter((key) => begins(key, prefix)),
  files: async (prefix) => ["site/a.css", "site/index.html", "two words"].filter((path) => path.startsWith(prefix)),
  txns: () => ["01AB", "01CD"],
};

async function offered(line: string): Promise<string[]> {
  const [words] = await complete(line, NAMES);
  return words.map((word) => word.trimEnd());
}

const AFTER = ["after-vote", "after-precommit-ack", "after-decision", "after-ack", "after-release"];

t.test("Tab offers what may stand there", async (t) => {
  t.same(await offered("st"), ["stat", "status", "step"]);
  t.same(await offered("get a; ro"), ["rollback"]);
  t.same(await offered("get us"), ["user/1", "user/2"]);
  const lists = ['["accounts",5]', '["accounts",6,true]', '["b"]'];
  t.same(await offered("get "), [...lists, "a", "user/1", "user/2"], "keys that need quotes are left out");
  t.same(await offered("get ["), lists);
  t.same(await offered('get ["ac'), lists.slice(0, 2));
  t.same(await offered('tx del a, put ["accounts",6,'), lists.slice(1, 2));
  t.same(await offered('keys ["accounts",6'), lists.slice(1, 2));
  t.same(await offered('put ["accounts",5] [1,'), [], "a value");
  t.same(await offered("get a --re"), ["--read", "--replica"]);
  t.same(await offered("get a --read c"), ["committed"]);
  t.same(await offered("get a --replica n"), ["n1", "n2"]);
  t.same(await offered("get a; scan us"), ["user/1", "user/2"]);
  t.same(await offered("scan --start us"), ["user/1", "user/2"]);
  t.same(await offered('scan --start ["b"] --end ["acc'), lists.slice(0, 2));
  t.same(await offered("scan user/ --re"), ["--reverse", "--read", "--replica"]);
  t.same(await offered("get a us"), ["user/1", "user/2"]);
  t.same(await offered("read s"), ["site/a.css", "site/index.html"], "paths that need quotes are left out");
  t.same(await offered("mv site/a.css site/i"), ["site/index.html"]);
  t.same(await offered("tx put a 1, rm site/a"), ["site/a.css"]);
  t.same(await offered("write a --"), ["--text", "--file", "--type"]);
  t.same(await offered("read a --read l"), ["linearizable"]);
  t.same(await offered("put a 1 --"), ["--ttl"]);
  t.same(await offered("tx put a 1 --t"), ["--ttl", "--text", "--type"]);
  t.same(await offered("check a e"), ["exists", "equals"]);
  t.same(await offered("tx p"), ["put"]);
  t.same(await offered("tx put a 1, del user/1, put u"), ["user/1", "user/2"]);
  t.same(await offered("tx --protocol "), ["2pc"]);
  t.same(await offered("outcome 01A"), ["01AB"]);
  t.same(await offered("log n"), ["n1", "n2"]);
  t.same(await offered("crash n1 at after-"), AFTER);
  t.same(await offered("crash c1 at partial-decision targets n1,n"), ["n1", "n2"]);
  t.same(await offered("crash n1 txn "), ["01AB", "01CD"]);
  t.same(await offered("crash n1 at vote"), ["vote-no"]);
  t.same(await offered("validator n"), ["n1", "n2"]);
  t.same(await offered("constraint r"), ["remove"]);
  t.same(await offered("constraint add a/ ma"), ["max", "max-bytes"]);
  t.same(await offered("constraint add a/ min 0 type b"), ["boolean", "bytes"]);
  t.same(await offered("validator n1 m"), ["max-value-bytes", "must-exist", "minimum"]);
  t.same(await offered("watch 1 stat"), ["stat", "status"]);
  t.same(await offered("watch ac"), await offered("get ac"));
  t.same(await offered("watch ac --s"), ["--since"]);
  t.same(await offered("watch --since b"), ["begin"]);
  t.same(await offered("timing o"), ["on", "off"]);
  t.same(await offered("help cra"), ["crash"]);
  t.same(await offered("gibberish x"), []);
  t.same((await complete("crash c1 targets n1,n", NAMES))[1], "n", "only the part after the comma is replaced");
});

t.test("lines typed ahead wait for the statement that runs; Ctrl-C does not", async (t) => {
  const terminal = new PassThrough();
  let busy = true;
  let interrupts = 0;
  const gate = new Gate(
    terminal as unknown as ReadStream,
    () => busy,
    () => {
      interrupts += 1;
    },
  );
  let passed = "";
  gate.on("data", (chunk) => {
    passed += chunk;
  });
  const passes = async (text: string) => {
    await until(text, () => passed.length >= text.length);
    // Time for more, which there may not be.
    await sleep(30);
    t.equal(passed, text);
  };
  terminal.write("get é\rget b\rget");
  await passes("get é\r");
  gate.open();
  await passes("get é\rget b\r");
  terminal.write("\u0003");
  await until("it is interrupted", () => interrupts > 0);
  t.equal(interrupts, 1);
  gate.open();
  busy = false;
  terminal.write("\r\nx");
  // What was typed ahead is gone, and a line end that starts nothing does not block.
  await passes("get é\rget b\r\r\nx");
});

const MAIN = fileURLToPath(new URL("../../cli/main.js", import.meta.url));
const PTY = "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)";
const noPty = spawnSync("python3", ["-c", "import pty"]).status === 0 ? false : "needs python3 for a terminal";

class Terminal {
  readonly #child: ChildProcess;
  #seen = "";
  #changed: () => void = () => undefined;

  constructor(folder: string, words: readonly string[]) {
    const { NODE_OPTIONS: _options, NO_COLOR: _plain, ...env } = process.env;
    this.#child = spawn("python3", ["-c", PTY, process.execPath, MAIN, ...words], {
      cwd: folder,
      env: { ...env, TERM: "xterm", NO_COLOR: "1", AYES_HISTORY: join(folder, "history") },
    });
    this.#child.stdout?.on("data", (chunk) => {
      this.#seen += chunk;
      this.#changed();
    });
  }

  /** Waits until the text appears behind what was seen before, and forgets it. */
  async see(pattern: RegExp): Promise<string> {
    const end = Date.now() + PATIENCE_MS;
    for (;;) {
      const found = pattern.exec(this.#seen);
      if (found) {
        this.#seen = this.#seen.slice(found.index + found[0].length);
        return found[0];
      }
      if (Date.now() > end) throw new Error(`${pattern} not seen in ${JSON.stringify(this.#seen)}`);
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
        setTimeout(resolve, 200);
      });
    }
  }

  type(keys: string): void {
    this.#child.stdin?.write(keys);
  }

  ended(): Promise<number | null> {
    return new Promise((resolve) => this.#child.once("close", resolve));
  }
}

t.test("a person at a terminal", { skip: noPty }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "ayes-repl-"));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const first = new Terminal(folder, []);
  await first.see(/3 replicas in threads; data in .*; dashboard at http:\/\/127\.0\.0\.1:\d+/);
  await first.see(/ayes> /);
  first.type("put user/7 {\r");
  await first.see(/(\.\.\.|\|) /);
  first.type('"name": "Ann"}\r');
  await first.see(/committed {2}\w+/);
  first.type("get us");
  await first.see(/get us/);
  first.type("\t");
  await first.see(/er\/7/);
  first.type("\r");
  await first.see(/\{"name":"Ann"\}/);
  first.type("garbage");
  await first.see(/garbage/);
  first.type("\u0003");
  await first.see(/\^C\r\n.*ayes> /s);
  first.type(".exit\r");
  await first.see(/unknown command "\.exit"; did you mean exit\?/);
  first.type("begin; put a 1\r");
  await first.see(/ayes\(tx: 1 to write\)> /);
  first.type("put b 2\rget b\rget a\r");
  await first.see(/2 {2}\(not committed yet\)/);
  await first.see(/1 {2}\(not committed yet\)/);
  await first.see(/ayes\(tx: 2 to write\)> /);
  const ended = first.ended();
  first.type("\u0004");
  await first.see(/the open transaction was rolled back/);
  t.equal(await ended, 0);
  const history = join(folder, "history");
  t.ok(existsSync(history));
  t.equal(statSync(history).mode & 0o777, 0o600);
  t.match(readFileSync(history, "utf8"), /get user\/7/);

  const second = new Terminal(folder, []);
  await second.see(/ayes> /);
  second.type("\u0012");
  await second.see(/bck-i-search/);
  second.type("er/7");
  await second.see(/get user\/7/);
  second.type("\r");
  await second.see(/\{"name":"Ann"\}/);
  second.type("watch user/ --since begin\r");
  await second.see(/user\/7 = \{"name":"Ann"\}/);
  second.type("\u0003");
  await second.see(/ayes> /);
  second.type("watch 0.1 get a\r");
  await second.see(/not found[\s\S]*not found/);
  second.type("\u0003");
  await second.see(/ayes> /);
  second.type("quit\r");
  t.equal(await second.ended(), 0);
});

t.test("two people, one of whom changes what the other one has read", { skip: noPty }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "ayes-repl-"));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const ann = new Terminal(folder, []);
  const url = /http:\S+:\d+/.exec(await ann.see(/http:\/\/127\.0\.0\.1:\d+/))?.[0] ?? "";
  const bob = new Terminal(folder, ["repl", url]);
  await bob.see(/connected to .*ayes> /s);
  bob.type("put a 1; put user/1 x\r");
  await bob.see(/committed.*committed.*ayes> /s);
  ann.type("begin; read a b\r");
  await ann.see(/a {2}1\r\nb {2}\(not found\)/);
  await ann.see(/ayes\(tx: 2 read\)> /);
  ann.type("scan user/; put c 3\r");
  await ann.see(/user\/1 {2}"x"[\s\S]*ayes\(tx: 3 read, 1 to write\)> /);
  bob.type("put user/2 y\r");
  await bob.see(/committed/);
  ann.type("commit\r");
  await ann.see(/aborted {2}\w+ {2}check-failed\r\n.*keys that begin with "user\/", at n\d/);
  await ann.see(/read "b", which does not exist/);
  await ann.see(/read keys that begin with "user\/": 1 of them; it has changed since/);
  await ann.see(/meant to write "c"[\s\S]*ayes> /);
  ann.type("begin; get a\r");
  await ann.see(/1\r\n[\s\S]*ayes\(tx: 1 read\)> /);
  bob.type("put a 2\r");
  await bob.see(/committed/);
  ann.type("get b\r");
  await ann.see(/error: .*another version, so commit will abort \(key "a", at n\d\)/);
  ann.type("rollback; begin; get a; commit\r");
  await ann.see(/committed {2}-[\s\S]*read "a", version \w+[\s\S]*all that was read was true together/);
  for (const person of [bob, ann]) {
    const ended = person.ended();
    person.type("quit\r");
    t.equal(await ended, 0);
  }
});
