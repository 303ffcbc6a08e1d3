/** How replies look: for a terminal, for a pipe, and as JSON lines; and which exit code follows. */

import { PassThrough } from "node:stream";
import t from "tap";
import { Problem } from "../../cli/language/problem.js";
import { Printer } from "../../cli/output/printer.js";
import { harmless, type View, viewOf } from "../../cli/output/view.js";
import { exitCode, type Reply } from "../../cli/session/reply.js";
import type { Status } from "../../runtime/api.js";
import { AyesError } from "../../runtime/errors.js";
import type { ReadResult } from "../../runtime/reading-api.js";

const PIPE: View = { json: false, quiet: false, terminal: false, colour: false, prefix: "ayes " };
const TERMINAL: View = { ...PIPE, terminal: true, prefix: "" };
const JSON_LINES: View = { ...PIPE, json: true };

type Shown = { out: string; err: string };

function show(view: View, reply: Reply, tookMs?: number): Shown {
  const [out, err] = [new PassThrough(), new PassThrough()];
  new Printer(view, out, err).show(reply, undefined, tookMs);
  return { out: String(out.read() ?? ""), err: String(err.read() ?? "") };
}

function read(value: ReadResult["value"], version = "T1"): Reply {
  const facts = { key: "a", replica: "n2", read: "linearizable", waited: false } as const;
  return { kind: "read", read: { ...facts, value, version: value === undefined ? undefined : version } };
}

const CONFLICT: Reply = {
  kind: "result",
  result: { outcome: "aborted", txn: "T2", why: { code: "conflict", key: "a", node: "n1", winner: "T1" } },
};
const COMMITTED: Reply = { kind: "result", result: { outcome: "committed", txn: "T1" } };
const UNKNOWN: Reply = { kind: "result", result: { outcome: "unknown", txn: "T3", why: { code: "timeout" } } };

t.test("a pipe gets fixed fields and raw values; people's words go to stderr", async (t) => {
  t.same(show(PIPE, COMMITTED), { out: "committed T1\n", err: "" });
  t.equal(show(PIPE, CONFLICT).out, "aborted T2 conflict\n");
  t.match(show(PIPE, CONFLICT).err, /held by transaction T1.*\n {2}the winner: ayes outcome T1/);
  t.equal(show(PIPE, UNKNOWN).out, "unknown T3 timeout\n");
  t.match(show(PIPE, UNKNOWN).err, /ask again: ayes outcome T3/);
  t.same(show(PIPE, read("hello")), { out: "hello\n", err: "" });
  t.same(show(PIPE, read({ x: [1, "y"] })), { out: '{"x":[1,"y"]}\n', err: "" });
  t.same(show(PIPE, read(undefined)), { out: "", err: 'not found: "a"\n' });
  t.same(show(PIPE, read(new Uint8Array([65, 10]))), { out: "A\n", err: "" }, "bytes come as they are");
  t.same(show(PIPE, { kind: "note", text: "rolled back", facts: {} }), { out: "", err: "" });
  t.same(show(PIPE, { kind: "done", text: "n1 crashed", facts: {} }), { out: "n1 crashed\n", err: "" });
  t.same(show(PIPE, { kind: "locks", locks: [] }), { out: "", err: "" });
});

t.test("a terminal gets values as JSON, hints, and times when asked for", async (t) => {
  t.same(show(TERMINAL, COMMITTED, 1.234), { out: "committed  T1  1.2 ms\n", err: "" });
  t.equal(show(TERMINAL, read("hello")).out, '"hello"\n');
  t.equal(show(TERMINAL, read(new Uint8Array([1, 255]))).out, "<2 bytes: 01ff>\n");
  t.equal(show(TERMINAL, read("\u001b[2J\u009b")).out, '"\\u001b[2J\\u009b"\n');
  t.equal(show(TERMINAL, read(undefined)).err, "(not found)\n");
  const keys = [["a", 5, true], '["a"]'];
  t.match(show(TERMINAL, { kind: "keys", keys, more: false }), { out: '["a",5,true]\n"[\\"a\\"]"\n' });
  t.match(show(PIPE, { kind: "keys", keys, more: false }), { out: '["a",5,true]\n["a"]\n' });
  t.match(show(TERMINAL, { kind: "keys", keys: ["a", "b c"], more: true }), { out: 'a\n"b c"\n', err: /more/ });
  t.match(show(TERMINAL, UNKNOWN).err, /ask again: outcome T3/);
});

t.test("JSON: one object a line, the same names as over HTTP", async (t) => {
  const lines = (reply: Reply) =>
    show(JSON_LINES, reply)
      .out.trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
  t.same(lines(COMMITTED), [{ outcome: "committed", txn: "T1" }]);
  t.same(lines(read(1)), [
    { key: "a", replica: "n2", read: "linearizable", waited: false, found: true, value: 1, version: "T1" },
  ]);
  t.same(lines(read(undefined)), [{ key: "a", replica: "n2", read: "linearizable", waited: false, found: false }]);
  t.match(lines(read(Buffer.from([1, 2]))), [{ bytes: "AQI=" }]);
  t.same(lines({ kind: "keys", keys: ["a", "b"], more: false }), [{ key: "a" }, { key: "b" }]);
  t.same(lines({ kind: "log", records: [{ kind: "ended", value: Buffer.from("A") }] }), [
    { kind: "ended", value: { bytes: "QQ==" } },
  ]);
  const failed = show(JSON_LINES, {
    kind: "failed",
    error: new AyesError("unavailable", "n2 is down", { node: "n2" }),
  });
  t.equal(failed.out, "");
  t.match(JSON.parse(failed.err), {
    error: { code: "unavailable", message: "n2 is down", node: "n2", next: /status/ },
  });
  const mistake = show(JSON_LINES, { kind: "failed", error: new Problem("what", 3) });
  t.same(JSON.parse(mistake.err), { error: { code: "invalid", message: "what", position: 3 } });
});

t.test("status: a table for people, tabs for programs", async (t) => {
  const status: Status = {
    cluster: "c",
    data: "/d",
    hosts: "threads",
    protocol: "2pc",
    membership: "all",
    chaos: false,
    traffic: { committed: 0, aborted: {}, unknown: 0, spans: [] },
    lives: [],
    nodes: [
      { id: "n1", role: "replica", host: "thread", pid: 7, epoch: 2, restarts: 1, state: "up" },
      {
        id: "n2",
        role: "replica",
        host: "thread",
        pid: undefined,
        epoch: undefined,
        restarts: 9,
        state: "gave-up",
        reason: "no disk",
      },
    ],
    inDoubt: [{ txn: "T1", ageMs: 12_345, keys: ["a"], waitingFor: ["c1"], phases: { n1: "prepared" } }],
  };
  const piped = show(PIPE, { kind: "status", status }).out.split("\n");
  t.equal(piped[1], "n1\treplica\tthread\t7\t2\t1\tup\t-\t-\t-");
  t.match(piped.join("\n"), 'T1\t12 s\t"a"\tc1\tn1:prepared');
  t.notMatch(piped[0], /validator/);
  const [first, second] = status.nodes;
  const nodes = [{ ...first, validator: { rule: "minimum", keys: "a/*", least: 0 } }, second] as Status["nodes"];
  const ruled = show(PIPE, { kind: "status", status: { ...status, nodes } }).out.split("\n");
  t.match(ruled.slice(0, 3), [/\tlocks\tvalidator$/, /^n1\t.*\tminimum a\/\* 0$/, /^n2\t.*\t-$/]);
  const shown = show(TERMINAL, { kind: "status", status }).out;
  t.match(shown, /NODE {2}ROLE/);
  t.match(shown, /n2: no disk/);
  t.notMatch(shown, "\u001b");
});

t.test("quiet and colour", async (t) => {
  t.same(show({ ...PIPE, quiet: true }, CONFLICT), { out: "aborted T2 conflict\n", err: "" });
  t.equal(viewOf({ isTTY: false }, {}, "").colour, false);
  const before = process.env.NO_COLOR;
  process.env.NO_COLOR = "1";
  t.equal(viewOf({ isTTY: true }, {}, "").colour, false);
  if (before === undefined) delete process.env.NO_COLOR;
  else process.env.NO_COLOR = before;
  t.equal(harmless("a\u0007b\nc"), "a\\u0007b\nc");
});

t.test("exit codes", async (t) => {
  t.equal(exitCode(COMMITTED), 0);
  t.equal(exitCode(read(null)), 0);
  t.equal(exitCode(CONFLICT), 1);
  t.equal(exitCode(read(undefined)), 1);
  t.equal(exitCode(UNKNOWN), 4);
  t.equal(exitCode({ kind: "outcome", answer: { outcome: "undecided", txn: "T" } }), 4);
  t.equal(exitCode({ kind: "outcome", answer: { outcome: "not-found", txn: "T" } }), 1);
  t.equal(exitCode({ kind: "failed", error: new Problem("x") }), 2);
  t.equal(exitCode({ kind: "failed", error: new AyesError("no-cluster") }), 3);
  t.equal(exitCode({ kind: "failed", error: new AyesError("timeout") }), 4);
});
