/** A transaction that reads at the prompt: one consistent snapshot, and no commit when something of it has changed. */

import { PassThrough } from "node:stream";
import t from "tap";
import { parse } from "../../cli/language/parse.js";
import { Printer } from "../../cli/output/printer.js";
import { embedded } from "../../cli/session/link.js";
import { exitCode, type Reply } from "../../cli/session/reply.js";
import { type Request, Session } from "../../cli/session/session.js";
import { fileReader } from "../../cli/session/values.js";
import { connect, open } from "../../runtime/client.js";
import { serve } from "../../runtime/gateway/server.js";

const cluster = await open({ temporary: true, replicas: 2 });
const serving = await serve(cluster, { port: 0, chaos: false });
const other = await connect(serving.url);
t.teardown(async () => {
  await other.close();
  await serving.close();
  await cluster.close();
});

const TERMINAL = { json: false, quiet: false, terminal: true, colour: false, prefix: "" };

async function run(session: Session, text: string): Promise<Reply[]> {
  const replies: Reply[] = [];
  for (const statement of parse(text)) replies.push(await session.run(statement as Request));
  return replies;
}

async function last(session: Session, text: string): Promise<Reply | undefined> {
  return (await run(session, text)).at(-1);
}

/** What a person sees, or with `json` a program. */
function shown(reply: Reply | undefined, json = false): string {
  const stream = new PassThrough();
  if (reply) new Printer({ ...TERMINAL, json }, stream, stream).show(reply);
  return String(stream.read() ?? "");
}

for (const [name, side] of [
  ["embedded", cluster],
  ["connected", other],
] as const) {
  const newSession = () => new Session(embedded(side), fileReader(undefined));

  t.test(`${name}: commit says what was read and what is written`, async (t) => {
    const session = newSession();
    await run(session, 'put a1 1; put ["l",1] 1; del b1; del c1');
    t.match(await run(session, 'begin; get a1; read a1 b1; scan ["l"]; put c1 2; add ["l",1] 5; del a2'), [
      { kind: "note" },
      { kind: "read", read: { value: 1, version: String, replica: /^n/ } },
      { kind: "reads", reads: [{ value: 1 }, { key: "b1", value: undefined }] },
      { kind: "scan", page: { entries: [{ key: ["l", 1], value: 1 }] } },
    ]);
    t.same(session.pending, { reads: 3, checks: 0, writes: 3 });
    t.match(await run(session, 'scan ["l"]; read c1 a2'), [
      { kind: "scan", page: { entries: [{ key: ["l", 1], value: 6, pending: true }] } },
      { kind: "reads", reads: [{ value: 2, pending: true }, { value: undefined }] },
    ]);
    const { version } = await side.get("a1");
    const reply = await last(session, "commit");
    t.match(reply, {
      kind: "result",
      result: { outcome: "committed" },
      account: {
        read: [
          { key: "a1", is: "version", version },
          { key: "b1", is: "absent" },
          { is: "rangeUnchanged", range: { start: ["l"] } },
        ],
        required: [],
        written: [{ op: "put", key: "c1", value: 2 }, { op: "add", key: ["l", 1] }, { op: "del" }],
      },
    });
    const lines = [
      `read "a1", version ${version}`,
      'read "b1", which does not exist',
      'read keys that begin with ["l"]: 1 of them',
      'wrote "c1"',
      'added 5 to ["l",1]',
      'deleted "a2"',
    ];
    t.match(shown(reply), lines.map((line) => `  ${line}`).join("\n"));
    t.match(JSON.parse(shown(reply, true)), { outcome: "committed", read: [{}, {}, {}], written: [{}, {}, {}] });
    t.match((await side.get(["l", 1])).value, 6);
  });

  t.test(`${name}: what was read and has changed aborts the commit, and is named`, async (t) => {
    const session = newSession();
    await run(session, "put a3 1; put b3 1; begin; get a3; get b3");
    await cluster.put("a3", 2);
    const reply = await last(session, "put b3 2; commit");
    const why = { code: "check-failed", key: "a3" };
    t.match(reply, { result: { outcome: "aborted", txn: String, why } });
    t.equal(reply && exitCode(reply), 1);
    t.match(
      shown(reply),
      /read "a3", version \w+; it has changed since\n {2}read "b3", version \w+\n {2}meant to write/,
    );
    t.equal(session.pending, undefined);
    t.equal((await side.get("b3")).value, 1);
  });

  t.test(`${name}: the next read tells that commit will abort`, async (t) => {
    const session = newSession();
    await run(session, "put a4 1; del b4; begin; get a4");
    await cluster.put("a4", 2);
    const told = await last(session, "get b4");
    const detail = /another version, so commit will abort/;
    t.match(told, { kind: "failed", error: { code: "check-failed", why: { key: "a4", detail } } });
    t.match(shown(told), /error: what was read or required does not hold: the key has another version, so commit will/);
    t.match(await last(session, "get a4"), { read: { value: 1 } }, "what was read stays as it was");
    t.match(await last(session, "put b4 1; commit"), { result: { outcome: "aborted", why: { key: "a4" } } });
    t.match(await last(session, "commit"), { kind: "failed", error: { message: /no transaction is open/ } });
    t.match(await run(session, "begin; get a4; get b4; put b4 1; commit"), [
      {},
      { read: { value: 2 } },
      { read: { value: undefined } },
      {},
      { result: { outcome: "committed" } },
    ]);
  });

  t.test(`${name}: a key that came into a scanned range aborts the commit`, async (t) => {
    const session = newSession();
    await run(session, 'begin; scan ["g"]; put count 0');
    await cluster.put(["g", "eve"], 1);
    const reply = await last(session, "commit");
    t.match(reply, { result: { outcome: "aborted", why: { code: "check-failed", range: { start: ["g"] } } } });
    t.match(shown(reply), /read keys that begin with \["g"\]: 0 of them; it has changed since/);
    await cluster.del(["g", "eve"]);
  });

  t.test(`${name}: one that only read has no more to do`, async (t) => {
    const session = newSession();
    await run(session, "put a5 1; begin; get a5; scan a5");
    await cluster.put("a5", 2);
    const reply = await last(session, "commit");
    t.match(reply, { result: { outcome: "committed", txn: undefined }, account: { read: [{}, {}], written: [] } });
    t.equal(reply && exitCode(reply), 0);
    t.match(shown(reply), /^committed {2}-\n {2}read "a5", .*\n.*\n {2}all that was read was true together\n/);
    await run(session, "begin; get a5");
    await cluster.put("a5", 3);
    t.match(await last(session, "get b5"), { kind: "failed" });
    t.match(await last(session, "commit"), { result: { outcome: "aborted", txn: undefined } }, "it was told so");
  });

  t.test(`${name}: rollback forgets, and reads in it take no options`, async (t) => {
    const session = newSession();
    t.match(await run(session, "begin; get a6; check a6 absent; put a6 1; rollback"), [
      {},
      {},
      { facts: { reads: 1, checks: 1, writes: 0 } },
      { text: "1 read, 1 to check, 1 to write" },
      { kind: "note", text: "rolled back: 1 read, 1 to check, 1 to write; no write was sent" },
    ]);
    t.match(await last(session, "get a6"), { read: { value: undefined } });
    for (const text of ["get a --replica n1", "read a b --read committed", "scan --deadline 5"]) {
      t.match(await last(session, `begin; ${text}`), { kind: "failed", error: { message: /of one moment/ } }, text);
      await run(session, "rollback");
    }
    t.match(await last(session, "begin; scan a --start b"), { kind: "failed", error: { code: "invalid" } });
    t.match(await last(session, "commit"), { kind: "failed", error: { message: /empty/ } });
  });
}

t.test("a write that expires, alone and in a transaction", async (t) => {
  const session = new Session(embedded(cluster), fileReader(undefined));
  await run(session, "put e1 1 --ttl 1; tx put e2 1 --ttl 1ms, put e3 1; begin; put e4 1 --ttl 1; commit");
  const isGone = async () => {
    const reads = await cluster.read(["e1", "e2", "e4"]);
    return reads.every(({ value }) => value === undefined);
  };
  while (!(await isGone())) await new Promise((resolve) => setTimeout(resolve, 20));
  t.match(await last(session, "get e3"), { read: { value: 1 } });
});
