/** How reads of several keys, ranges, and the accounts of transactions look; and what every abort says. */

import { PassThrough } from "node:stream";
import t from "tap";
import { Printer } from "../../cli/output/printer.js";
import type { View } from "../../cli/output/view.js";
import { exitCode, type Reply } from "../../cli/session/reply.js";
import type { Account, Pending } from "../../cli/session/transaction.js";
import { ERRORS, explain, type Why } from "../../runtime/errors.js";
import type { Entry, ReadResult, ScanPage } from "../../runtime/reading-api.js";

const PIPE: View = { json: false, quiet: false, terminal: false, colour: false, prefix: "ayes " };
const TERMINAL: View = { ...PIPE, terminal: true, prefix: "" };
const BYTES = new Uint8Array([0, 255]);

type Shown = { out: string; err: string };

function show(view: View, reply: Reply, tookMs?: number): Shown {
  const [out, err] = [new PassThrough(), new PassThrough()];
  new Printer(view, out, err).show(reply, undefined, tookMs);
  return { out: String(out.read() ?? ""), err: String(err.read() ?? "") };
}

function lines(reply: Reply): unknown[] {
  const text = show({ ...PIPE, json: true }, reply).out.trimEnd();
  return text.split("\n").map((line) => JSON.parse(line));
}

function read(key: ReadResult["key"], value: ReadResult["value"], more: Partial<Pending<ReadResult>> = {}) {
  const reading = { replica: "n2", read: "linearizable", waited: false } as const;
  return { key, value, version: value === undefined ? undefined : "T1", ...reading, ...more };
}

const READS: Reply = {
  kind: "reads",
  reads: [read("a", "x\ty"), read(["b", 1], BYTES), read("two words", undefined)],
};

t.test("several keys, one a line", async (t) => {
  t.same(show(PIPE, READS), { out: 'a\t"x\\ty"\n["b",1]\t{"bytes":"AP8="}\ntwo words\t\n', err: "" });
  t.same(show(TERMINAL, READS), {
    out: 'a            "x\\ty"\n["b",1]      <2 bytes: 00ff>\n"two words"  (not found)\n',
    err: "",
  });
  const reading = { replica: "n2", read: "linearizable", waited: false };
  t.same(lines(READS), [
    { key: "a", ...reading, found: true, value: "x\ty", version: "T1" },
    { key: ["b", 1], ...reading, found: true, bytes: "AP8=", version: "T1" },
    { key: "two words", ...reading, found: false },
  ]);
  t.equal(exitCode(READS), 1, "one is not there");
  t.equal(exitCode({ kind: "reads", reads: [read("a", null)] }), 0);
  t.equal(show(PIPE, { kind: "reads", reads: [read("a\nb", 1)] }).out, '"a\\nb"\t1\n', "one line in any case");
});

t.test("who answered, and whether it waited, is told where it is of interest", async (t) => {
  const waited: Reply = { kind: "read", read: read("a", 1, { waited: true }) };
  t.same(show(TERMINAL, waited), { out: "1\n", err: "(n2 waited for an undecided write)\n" });
  t.same(show(PIPE, waited), { out: "1\n", err: "" });
  t.equal(show(TERMINAL, { kind: "read", read: read("a", 1) }, 1.2).out, "1  1.2 ms at n2\n");
  t.equal(show(TERMINAL, READS, 1.2).out.split("\n").at(-2), '"two words"  (not found)  1.2 ms at n2');
  const own = read("a", 5, { version: undefined, replica: "", pending: true });
  t.same(lines({ kind: "read", read: own }), [{ key: "a", pending: true, found: true, value: 5 }]);
  t.equal(show(TERMINAL, { kind: "read", read: own }, 1).out, "5  (not committed yet)  1.0 ms\n");
});

function page(entries: Pending<Entry>[], more: Partial<ScanPage> = {}): Reply {
  const about = { range: { start: "a" }, version: "2.x", replica: "n1", read: "linearizable", waited: false } as const;
  return { kind: "scan", page: { entries, ...about, ...more } };
}

t.test("a scan: entries, then what they are all of", async (t) => {
  const entries = [
    { key: "a", value: 1, version: "T1" },
    { key: "b", value: "x", version: "", pending: true as const },
  ];
  const full = page(entries, { next: { start: "b\u0000" }, waited: true });
  t.same(show(PIPE, full), { out: 'a\t1\nb\t"x"\n', err: "" });
  t.same(show(TERMINAL, full), {
    out: 'a  1\nb  "x"  (not committed yet)\n',
    err: "(more: use --limit, a longer prefix, or --start and --end)\n(n1 waited for an undecided write)\n",
  });
  const about = { range: { start: "a" }, version: "2.x", replica: "n1", read: "linearizable" };
  t.same(lines(full), [
    { key: "a", value: 1, version: "T1" },
    { key: "b", value: "x", pending: true },
    { page: { ...about, waited: true, more: true, next: { start: "b\u0000" } } },
  ]);
  t.same(show(TERMINAL, page([])), { out: "", err: "no keys\n" });
  t.same(show(PIPE, page([])), { out: "", err: "" });
  t.same(lines(page([])), [{ page: { ...about, waited: false, more: false } }]);
  t.equal(exitCode(page([])), 0);
});

t.test("an account is for people, and for JSON", async (t) => {
  const account: Account = {
    read: Array.from({ length: 30 }, (_, index) => ({ key: `k${index}`, is: "version", version: "T0" })),
    required: [{ key: "a", is: "equals", value: 1 }],
    written: [{ op: "put", key: "a", value: BYTES }],
  };
  const reply: Reply = { kind: "result", result: { outcome: "committed", txn: "T1" }, account };
  t.same(show(PIPE, reply), { out: "committed T1\n", err: "" }, "scripts see no more than before");
  const seen = show(TERMINAL, reply);
  t.equal(seen.out, "committed  T1\n");
  t.equal(seen.err.split("\n").length, 20 + 1 + 1 + 1 + 1);
  t.match(seen.err, /read "k19", version T0\n {2}… and 10 more\n {2}required a value of "a"\n {2}wrote "a"\n$/);
  t.match(lines(reply), [{ outcome: "committed", txn: "T1", required: [{}], written: [{ value: { bytes: "AP8=" } }] }]);
  const alone: Reply = { kind: "result", result: { outcome: "aborted", why: { code: "check-failed", key: "k1" } } };
  t.equal(show(PIPE, alone).out, "aborted - check-failed\n", "the fields keep their places without an id");
});

t.test("every abort names what it is about, and says what to do", async (t) => {
  const about: Why[] = [
    { code: "conflict", key: ["a", 1], node: "n1", winner: "T9" },
    { code: "check-failed", key: "a", node: "n1", detail: "the key exists" },
    { code: "check-failed", range: { start: ["a"], end: "b" }, node: "n1", detail: "a key has come" },
    { code: "constraint", key: "a", node: "n1", constraint: "min 0 on a", detail: "it would become -1" },
    { code: "not-a-number", key: "a", node: "n1", detail: "add needs a number" },
    { code: "out-of-range", key: "a", node: "n1", detail: "the sum cannot be held exactly" },
    { code: "vetoed", key: "a", node: "n1", detail: "create-only" },
    { code: "unavailable", node: "n1", detail: "n1 is down" },
    { code: "not-leader", node: "n1", detail: "n1 leads" },
    { code: "disk-full", node: "n1", detail: "too full to promise" },
    { code: "id-reused", node: "n1" },
    { code: "repeated", node: "n1", detail: "this id was voted on before" },
    { code: "abandoned", node: "n1", detail: "its coordinator restarted" },
  ];
  for (const why of about) {
    const text = explain(why);
    const reply: Reply = { kind: "result", result: { outcome: "aborted", txn: "T2", why } };
    const { out, err } = show(PIPE, reply);
    t.equal(out, `aborted T2 ${why.code}\n`);
    t.equal(err.startsWith(`  ${text}\n`), true, "the same words everywhere");
    t.equal(err.includes("the winner: ayes outcome T9"), why.winner !== undefined);
    t.match(lines(reply), [{ outcome: "aborted", txn: "T2", why }]);
    const { key, node, winner, constraint, detail } = why;
    const names = [key && JSON.stringify(key), node, winner, constraint, detail, ERRORS[why.code].next];
    for (const name of names) if (name !== undefined) t.ok(text.includes(name), `${text}: names ${name}`);
    t.notMatch(text, /(\bn1\b.*){2}/, "and nothing twice");
  }
  t.match(explain(about[2] as Why), /\(keys from \["a"\] before "b", at n1\)/);
});
