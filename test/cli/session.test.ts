/** Sessions on a real cluster: the open transaction, files as values, scripts, and links that are lost. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import t from "tap";
import { parse } from "../../cli/language/parse.js";
import { Printer } from "../../cli/output/printer.js";
import { Connection, embedded } from "../../cli/session/link.js";
import type { Reply } from "../../cli/session/reply.js";
import { Runner } from "../../cli/session/runner.js";
import { Script } from "../../cli/session/script.js";
import { type Request, Session } from "../../cli/session/session.js";
import { fileReader, meaning } from "../../cli/session/values.js";
import type { Cluster } from "../../runtime/api.js";
import { open } from "../../runtime/client.js";
import { AyesError } from "../../runtime/errors.js";

const cluster: Cluster = await open({ temporary: true, replicas: 2, chaos: true });
const folder = mkdtempSync(join(tmpdir(), "ayes-cli-"));
t.teardown(async () => {
  await cluster.close();
  rmSync(folder, { recursive: true, force: true });
});

const COMMITTED = { outcome: "committed" };

function newSession(): Session {
  return new Session(embedded(cluster), fileReader(undefined));
}

async function run(session: Session, text: string): Promise<Reply[]> {
  const replies: Reply[] = [];
  for (const statement of parse(text)) replies.push(await session.run(statement as Request));
  return replies;
}

async function last(session: Session, text: string): Promise<Reply | undefined> {
  return (await run(session, text)).at(-1);
}

t.test("statements do what they say", async (t) => {
  const session = newSession();
  t.match(await run(session, "put s1 1; add s1 2; get s1; del s1; get s1"), [
    { kind: "result", result: { outcome: "committed" } },
    { kind: "result", result: { outcome: "committed" } },
    { kind: "read", read: { key: "s1", value: 3 } },
    { kind: "result", result: { outcome: "committed" } },
    { kind: "read", read: { key: "s1", value: undefined } },
  ]);
  t.match(await last(session, "check s1 exists"), { result: { outcome: "aborted", why: { code: "check-failed" } } });
  t.match(await last(session, "tx --id s1-once put s1 1, check s1 absent"), { result: { txn: "s1-once" } });
  t.match(await last(session, "outcome s1-once"), { kind: "outcome", answer: { outcome: "committed" } });
  t.match(await last(session, "status"), { kind: "status", status: { nodes: [{ id: "c1" }, {}, {}] } });
  t.match(await last(session, "keys s1"), { kind: "keys", keys: ["s1"], more: false });
  t.match(await last(session, "put s2 1; keys s --limit 1"), { kind: "keys", keys: ["s1"], more: true });
  t.match(await last(session, "log n1 1"), { kind: "log", records: [{ kind: "concluded" }] });
  t.match(await last(session, "locks"), { kind: "locks", locks: [] });
  t.equal(session.txns[0], (await cluster.get("s2")).version);
  t.ok(session.txns.includes("s1-once"));
});

t.test("a transaction is collected, shown to its own reads, and sent at commit", async (t) => {
  const session = newSession();
  await run(session, "put t1 1; begin; put t2 x; put t2 y; add t1 5; add t1 -1; del t3; check t4 absent");
  t.same(session.pending, { reads: 0, checks: 1, writes: 3 });
  t.match(await last(session, "get t1"), { read: { value: 5, pending: true, version: undefined } });
  t.match(await last(session, "get t2"), { read: { value: "y", pending: true } });
  t.equal((await cluster.get("t2")).value, undefined, "nothing was sent");
  t.same(await cluster.locks(), [], "nothing is locked");
  t.match(await last(session, "begin"), { kind: "failed", error: { message: /open already/ } });
  t.match(await last(session, "tx put t9 1"), { kind: "failed" });
  t.match(await last(session, "commit"), { result: { outcome: "committed" } });
  t.equal(session.pending, undefined);
  t.match(await run(session, "get t1; get t2"), [{ read: { value: 5 } }, { read: { value: "y" } }]);
});

t.test("composite keys", async (t) => {
  const session = newSession();
  t.match(await run(session, 'put ["s",1] 5; begin; add ["s", 1] 1; add ["s",1.0] 1; del ["s","1"]; get ["s",1]'), [
    { kind: "result", result: { outcome: "committed" } },
    { kind: "note" },
    { kind: "note" },
    { kind: "note" },
    { kind: "note" },
    { kind: "read", read: { key: ["s", 1], value: 7, pending: true } },
  ]);
  t.match(session.pending, { writes: 2 }, "the same key however it is typed");
  t.match(await last(session, 'commit; get ["s",1]'), { read: { key: ["s", 1], value: 7 } });
  t.match(await last(session, 'keys ["s"]'), { kind: "keys", keys: [["s", 1]], more: false });
  t.match(await last(session, 'check ["s",1] absent'), { result: { why: { key: ["s", 1] } } });
  t.match(await last(session, "get []"), { kind: "failed", error: { code: "invalid", message: /0 parts/ } });
});

t.test("constraints are shown and changed, alone and from a file", async (t) => {
  const session = newSession();
  writeFileSync(join(folder, "user.json"), '{"type":"object","required":["name"]}');
  t.match(await last(session, "constraint list"), { kind: "constraints", constraints: [] });
  t.match(await last(session, "constraint add c/ min 0 max 9"), { result: COMMITTED });
  t.match(await last(session, `constraint add u/ shape '${join(folder, "user.json")}'`), { result: COMMITTED });
  const why = { code: "constraint", key: "c/1", constraint: "max 9 on c/", detail: "it would become 10" };
  t.match(await run(session, "put c/1 9; add c/1 1"), [{ result: COMMITTED }, { result: { outcome: "aborted", why } }]);
  t.match(await last(session, "put u/1 {}"), { result: { why: { constraint: "shape on u/" } } });
  t.match(await last(session, "constraint list"), {
    constraints: [
      { prefix: "c/", min: 0, max: 9 },
      { prefix: "u/", shape: { required: ["name"] } },
    ],
  });
  t.match(await last(session, "constraint remove c/ create-only"), { kind: "failed", error: { code: "not-found" } });
  t.match(await run(session, "constraint remove c/; constraint remove u/ --shape"), [
    { result: COMMITTED },
    { result: COMMITTED },
  ]);
  t.match(await run(session, "begin; constraint add c/ min 0; rollback"), [
    {},
    { kind: "failed", error: { message: /a transaction is open already/ } },
    {},
  ]);
});

t.test("validators are shown and set, and what they refuse says why", async (t) => {
  const session = newSession();
  t.match(await last(session, "validator n2"), { kind: "done", text: "n2: always" });
  const set = await last(session, "validator n2 max-value-bytes 3");
  const validator = { rule: "max-value-bytes", bytes: 3 };
  t.match(set, { text: "n2: max-value-bytes 3", facts: { node: "n2", validator } });
  const why = { code: "vetoed", key: "v1", node: "n2", detail: "max-value-bytes 3: it would become 1234, of 4 bytes" };
  t.match(await last(session, "put v1 1234"), { result: { outcome: "aborted", why } });
  t.match(await last(session, "validator n2 no-next"), { text: "n2: no-next, then max-value-bytes 3" });
  t.match(await run(session, "put v2 1; put v3 1"), [
    { result: { why: { detail: "no-next" } } },
    { result: COMMITTED },
  ]);
  t.match(await last(session, "validator n2"), { text: "n2: max-value-bytes 3" });
  t.match(await last(session, "status"), { status: { nodes: [{}, {}, { id: "n2", validator }] } });
  t.match(await last(session, "cut n1 c1"), { text: "the link between n1 and c1 is cut, until: mend n1 c1" });
  t.match(await last(session, "tx --deadline 300 put a 1"), { kind: "result", result: { outcome: "aborted" } });
  t.match(await last(session, "delay n1 c1 5"), { text: /slower by 5 ms/ });
  t.match(await last(session, "mend n1 c1"), { text: "the link between n1 and c1 is whole" });
  t.same((await cluster.status()).links ?? [], []);
  t.match(await last(session, "pause n1"), { kind: "failed", error: { code: "invalid" } }, "a thread");
  t.match(await last(session, "crash n2 at vote-no"), { text: "n2 will vote no once" });
  t.match(await last(session, "crash n2 at vote-no stay"), { kind: "failed", error: { code: "invalid" } });
  t.match(await run(session, "put v4 1; put v5 1"), [{ result: { why: { code: "vetoed" } } }, { result: COMMITTED }]);
  t.match(await last(session, "validator n9 always"), { kind: "failed", error: { code: "no-such-node" } });
  t.match(await last(session, "validator c1 always"), { kind: "failed", error: { message: /c1 never votes/ } });
  t.match(await last(session, "validator n2 always"), { text: "n2: always" });
});

t.test("rollback, refusals, and what is left of a transaction after them", async (t) => {
  const session = newSession();
  await run(session, "begin; put u1 1; rollback");
  t.equal(session.pending, undefined);
  t.match(await last(session, "rollback"), { kind: "failed", error: { message: /type begin first/ } });
  t.match(await last(session, "begin; commit"), { kind: "failed", error: { message: /empty/ } });
  t.match(await last(session, "put u1 text; add u1 1"), { kind: "failed", error: { message: /add needs a number/ } });
  t.match(await run(session, "put '' 1; check '' exists; put u1 1 --ttl 9999d"), [
    { kind: "failed", error: { code: "invalid" } },
    { kind: "failed", error: { code: "invalid" } },
    { kind: "failed", error: { code: "invalid" } },
  ]);
  t.same(session.pending, { reads: 0, checks: 0, writes: 1 }, "what is refused is no part of it");
  for (let index = 0; index < 1001; index += 1) await session.run(parse(`put many/${index} 1`)[0] as Request);
  t.match(await last(session, "commit"), { kind: "failed", error: { code: "too-large" } });
  t.match(session.pending, { writes: 1002 }, "refused before it was a transaction: it stays open");
  await run(session, "rollback; begin; check u1 exists; put u2 1");
  t.match(await last(session, "commit"), { result: { outcome: "aborted", why: { code: "check-failed" } } });
  t.equal(session.pending, undefined, "an aborted transaction is over");
});

t.test("values of files", async (t) => {
  const session = newSession();
  writeFileSync(join(folder, "value.json"), '{"x": [1]}\n');
  writeFileSync(join(folder, "text"), "two\nlines\n");
  writeFileSync(join(folder, "bytes"), Buffer.from([255, 0, 1]));
  const put = (name: string) => last(session, `put f @${join(folder, name)}; get f`);
  t.match(await put("value.json"), { read: { value: { x: [1] } } });
  t.match(await put("text"), { read: { value: "two\nlines\n" } });
  t.same(((await put("bytes")) as { read: { value: unknown } }).read.value, new Uint8Array([255, 0, 1]));
  t.match((await run(session, "put f @nowhere"))[0], { kind: "failed", error: { message: /there is no such file/ } });
  t.match((await run(session, `put f @${folder}`))[0], { kind: "failed", error: { message: /it is a folder/ } });
  t.match((await run(session, "put f @-"))[0], { kind: "failed", error: { message: /holds the statements/ } });
  t.equal(meaning(Buffer.from("")), "");
});

type Ran = { code: number; out: string; err: string };

async function script(chunks: readonly string[], keepGoing = false): Promise<Ran> {
  const [out, err] = [new PassThrough(), new PassThrough()];
  const view = { json: false, quiet: false, terminal: false, colour: false, prefix: "" };
  const printer = new Printer(view, out, err);
  const runner = new Runner(newSession(), printer);
  async function* source() {
    yield* chunks;
  }
  const code = await new Script(runner, printer, { name: "x", keepGoing }).run(source());
  return { code, out: String(out.read() ?? ""), err: String(err.read() ?? "") };
}

t.test("scripts: lines from any chunks, the first failure stops, mistakes have a place", async (t) => {
  const split = await script(['put r1 {\n"x"', ": 1}\r\nget", " r1\r\nget r1; get r1"]);
  t.match(split, { code: 0, err: "" });
  t.equal(split.out.replace(/committed \w+/, "committed"), 'committed\n{"x":1}\n{"x":1}\n{"x":1}\n');
  t.match(await script(["get r0\nget r1\n"]), { code: 1, out: "" });
  t.match(await script(["get r0\nget r1\n"], true), { code: 1, out: '{"x":1}\n' });
  t.match(await script(["get r1\nput r2 5; gett r1\n"]), {
    code: 2,
    out: '{"x":1}\n',
    err: /x:2: error: unknown command/,
  });
  t.match(await script(["get r2"]), { code: 1 }, "a line is understood as a whole before any of it runs");
  t.match(await script(["put r3 1\n\nput r3 'x\ny\n"]), { code: 2, err: /x:3: error: the input ends here/ });
  t.match(await script(["begin\nput r4 1\n"]), { code: 2, err: /nothing of it was sent/ });
  t.match(await script(["get r1\nquit\nget r1"]), { code: 0, out: '{"x":1}\n' });
  t.match(await script([]), { code: 0, out: "" });
});

t.test("watch repeats until it is interrupted", async (t) => {
  const out = new PassThrough();
  const view = { json: false, quiet: false, terminal: false, colour: false, prefix: "" };
  const runner = new Runner(newSession(), new Printer(view, out, out));
  const running = runner.run({ text: "put w 7; watch 0.1 get w; get w" });
  let seen = "";
  for await (const chunk of out) {
    seen += String(chunk);
    if ((seen.match(/^7$/gm) ?? []).length >= 3) break;
  }
  runner.interrupt();
  t.equal((await running).code, 0);
});

t.test("watch shows changes under a prefix as they come, and what is refused", async (t) => {
  for (const json of [false, true]) {
    const out = new PassThrough();
    const view = { json, quiet: false, terminal: false, colour: false, prefix: "" };
    const runner = new Runner(newSession(), new Printer(view, out, out));
    const result = await cluster.put(`${json}/1`, { a: [1] });
    const position = "position" in result ? result.position : "none";
    const running = runner.run({ text: `watch ${json}/ --since begin; get unreached` });
    await cluster.transact([
      { op: "put", key: "elsewhere", value: 1 },
      { op: "del", key: `${json}/1` },
    ]);
    let seen = "";
    for await (const chunk of out) {
      seen += String(chunk);
      if (seen.split("\n").length > 2) break;
    }
    runner.interrupt();
    t.equal((await running).code, 0);
    const [first = "", second = ""] = seen.split("\n");
    if (json) t.match(JSON.parse(first), { position, changes: [{ key: "true/1", value: { a: [1] } }] });
    else t.equal(first.replace(/ {2}\w{26} {2}/, " - "), `${position} - false/1 = {"a":[1]}`);
    if (json) t.match(JSON.parse(second), { changes: [{ key: "true/1", deleted: true }] });
    else t.match(second, /false\/1 deleted$/);
  }
  t.match(await script(["watch --since 0123456789abcdef.1"]), { code: 2, err: /of cluster 0123456789abcdef/ });
  t.match(await script(["watch --since yesterday"]), { code: 2, err: /is no position/ });
});

t.test("a connection is made when needed, again after it was lost, and says so", async (t) => {
  let there = false;
  const link = new Connection(async () => {
    if (!there) throw new AyesError("no-cluster");
    return {
      ...cluster,
      keys: cluster.keys.bind(cluster),
      status: cluster.status.bind(cluster),
      close: async () => {},
    };
  });
  const session = new Session(link, fileReader(undefined));
  t.match(await last(session, "status"), { kind: "failed", error: { code: "no-cluster" } });
  t.equal(link.connected, false);
  there = true;
  t.match(await last(session, "status"), { kind: "status" });
  t.equal(link.connected, true);
  link.failed(new AyesError("conflict"));
  t.equal(link.connected, true, "not every error means that it is lost");
  link.failed(new AyesError("gateway-lost"));
  t.equal(link.connected, false);
  const back = new Promise((resolve) => link.watch(resolve));
  const alive = setTimeout(() => {}, 10_000);
  t.equal(await back, true);
  clearTimeout(alive);
  await link.close();
});
