/** Statements about files on a real cluster: what they do, what is shown of them, and in one transaction with keys. */

import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable, Writable } from "node:stream";
import t from "tap";
import { parse } from "../../cli/language/parse.js";
import { Printer } from "../../cli/output/printer.js";
import { Bodies } from "../../cli/session/file-steps.js";
import { embedded } from "../../cli/session/link.js";
import { exitCode, type Reply } from "../../cli/session/reply.js";
import { Runner } from "../../cli/session/runner.js";
import { type Request, Session } from "../../cli/session/session.js";
import { fileReader } from "../../cli/session/values.js";
import { connect, open } from "../../runtime/client.js";
import { serve } from "../../runtime/gateway/server.js";
import { temporaryFolder } from "../storage/folder.js";

const folder = temporaryFolder(t);
const cluster = await open({ temporary: true, replicas: 2 });
const serving = await serve(cluster, { port: 0, chaos: false });
const other = await connect(serving.url);
t.teardown(async () => {
  await other.close();
  await serving.close();
  await cluster.close();
});

const LARGE = Buffer.alloc(3_000_000, "large ");
const local = (name: string) => join(folder, name);
writeFileSync(local("large.bin"), LARGE);
writeFileSync(local("zeros.bin"), Buffer.alloc(10));
mkdirSync(local("folder"));
symlinkSync("large.bin", local("link"));

async function run(session: Session, text: string): Promise<Reply[]> {
  const replies: Reply[] = [];
  for (const statement of parse(text)) replies.push(await session.run(statement as Request));
  return replies;
}

async function last(session: Session, text: string): Promise<Reply | undefined> {
  return (await run(session, text)).at(-1);
}

/** What is seen, and the exit code. */
async function seen(session: Session, text: string, flags: { terminal?: boolean; json?: boolean } = {}) {
  const [out, err] = [collected(), collected()];
  const view = { json: false, quiet: false, terminal: false, colour: false, prefix: "", ...flags };
  const { code } = await new Runner(session, new Printer(view, out.stream, err.stream)).run({ text });
  for (const { stream } of [out, err]) await new Promise<void>((resolve) => stream.end(resolve));
  return { code, out: Buffer.concat(out.chunks), err: Buffer.concat(err.chunks).toString() };
}

function collected(): { stream: Writable; chunks: Buffer[] } {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      setImmediate(done);
    },
    writev(all, done) {
      for (const { chunk } of all) chunks.push(chunk);
      setImmediate(done);
    },
  });
  return { stream, chunks };
}

const COMMITTED = { kind: "result", result: { outcome: "committed" } };

for (const [name, side] of [
  ["embedded", cluster],
  ["connected", other],
] as const) {
  const newSession = (stdin?: string) =>
    new Session(
      embedded(side),
      fileReader(undefined),
      new Bodies(stdin === undefined ? undefined : Readable.from([Buffer.from(stdin)])),
    );

  t.test(`${name}: written, read, listed, renamed, copied, deleted`, async (t) => {
    const session = newSession("from stdin");
    t.match(await run(session, `write ${name}/a.txt "hello"; write ${name}/large ${local("large.bin")}`), [
      COMMITTED,
      COMMITTED,
    ]);
    t.match(await last(session, `write ${name}/in -`), COMMITTED);
    t.match(await last(session, `read ${name}/a.txt`), { kind: "file", bytes: Buffer.from("hello") });
    t.match(await last(session, `read ${name}/in`), { kind: "file", bytes: Buffer.from("from stdin") });
    t.same((await seen(session, `read ${name}/large`)).out, LARGE, "as a stream");
    t.match(await last(session, `read ${name}/large > ${local(name)}`), { kind: "done" });
    t.same(readFileSync(local(name)), LARGE);
    t.match(await last(session, `stat ${name}/a.txt`), { stat: { size: 5, type: "text/plain; charset=utf-8" } });
    t.match(await run(session, `mv ${name}/a.txt ${name}/b.txt; cp ${name}/b.txt ${name}/c/d.txt`), [
      COMMITTED,
      COMMITTED,
    ]);
    const { files } = (await last(session, `ls ${name}/`)) as { files: { path: string }[] };
    t.same(
      files.map(({ path }) => path.slice(name.length + 1)),
      ["b.txt", "c/d.txt", "in", "large"],
    );
    t.match(await last(session, `ls ${name}/ --limit 1`), { more: true });
    t.match(await last(session, `rm ${name}/b.txt`), COMMITTED);
  });

  t.test(`${name}: what does not exist is an error`, async (t) => {
    const session = newSession();
    for (const text of ["read no", "stat no", "rm no", "mv no x", "cp no x", "read no > x"]) {
      const reply = await last(session, text);
      t.match(reply, { kind: "failed", error: { code: "not-found" } }, text);
      t.equal(reply && exitCode(reply), 1, text);
    }
    t.match(await last(session, "ls x"), { files: [] });
    const mistakes: [string, RegExp][] = [
      ["write x nowhere", /there is no local file "nowhere"; a text stands in quotes, or behind --text/],
      [`write x ${local("folder")}`, /is a folder, not an ordinary file/],
      [`write x ${local("link")}`, /is a symbolic link, not an ordinary file/],
      ["write x /dev/zero", /is a device, not an ordinary file/],
      ["write x -", /the standard input holds the statements/],
    ];
    for (const [text, message] of mistakes) {
      const reply = await last(session, text);
      t.match(reply, { kind: "failed", error: { message } }, text);
      t.equal(reply && exitCode(reply), 2, text);
    }
  });

  t.test(`${name}: files and keys in one transaction`, async (t) => {
    const session = newSession();
    await run(session, `write ${name}/old "old"; put ${name} 1`);
    await run(session, `begin; get ${name}; add ${name} 1; write ${name}/new ${local("large.bin")}; rm ${name}/old`);
    t.match(await run(session, `stat ${name}/new; read ${name}/new; read ${name}/old`), [
      { stat: { size: LARGE.length, version: "" } },
      { kind: "failed", error: { message: /can be read when it has committed/ } },
      { kind: "failed" },
    ]);
    await t.rejects(cluster.files.stat(`${name}/new`), { code: "not-found" }, "nothing is there before commit");
    t.match(await last(session, "commit"), COMMITTED);
    t.equal((await cluster.get(name)).value, 2);
    t.same(Buffer.from(await (await cluster.files.read(`${name}/new`)).bytes()), LARGE);
    await run(session, `begin; read ${name}/new > ${local("again")}; put ${name} 3`);
    await cluster.files.write(`${name}/new`, "changed");
    t.match(await last(session, "commit"), { result: { outcome: "aborted", why: { code: "check-failed" } } });
    t.match(await last(session, `tx write ${name}/t "t", put ${name} 4, rm ${name}/none`), {
      result: { outcome: "aborted", why: { code: "check-failed", file: `${name}/none` } },
    });
    t.match(await last(session, `tx write ${name}/t ${local("large.bin")}, put ${name} 5, mv ${name}/new ${name}/u`), {
      result: { outcome: "committed" },
    });
    t.match(await run(session, `get ${name}; read ${name}/u`), [
      { read: { value: 5 } },
      { bytes: Buffer.from("changed") },
    ]);
  });
}

t.test("what a person sees, and what a program", async (t) => {
  const session = new Session(embedded(cluster), fileReader(undefined));
  const terminal = { terminal: true };
  await run(session, `write s/a.txt "one\\ntwo\\u001b[2J\\n"; write s/z ${local("zeros.bin")}; write s/e ''`);
  await run(session, `write s/large ${local("large.bin")}`);
  t.equal(
    String((await seen(session, "read s/a.txt", terminal)).out),
    "one\ntwo\\u001b[2J\n",
    "nothing moves the cursor",
  );
  t.equal(String((await seen(session, "read s/a.txt")).out), "one\ntwo\u001b[2J\n");
  t.match(await seen(session, "read s/z", terminal), { code: 0, err: "(10 B, no text: read s/z > FILE)\n" });
  t.match(await seen(session, "read s/large", terminal), { err: /^\(2\.9 MiB, too long for a terminal/ });
  t.match(await seen(session, "read s/e", terminal), { err: "(empty)\n" });
  t.same((await seen(session, "read s/z")).out, Buffer.alloc(10));
  const facts = async (text: string) =>
    String((await seen(session, text, { json: true })).out)
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  t.match(await facts("read s/a.txt"), [{ path: "s/a.txt", size: 12, text: "one\ntwo\u001b[2J\n" }]);
  t.match(await facts("read s/z"), [{ bytes: "AAAAAAAAAAAAAA==" }]);
  t.same(Object.keys((await facts("read s/large"))[0]).sort(), [
    "digest",
    "modifiedAt",
    "path",
    "replica",
    "size",
    "version",
  ]);
  t.match(await facts("ls s/ --limit 2"), [{ path: "s/a.txt", size: 12 }, { path: "s/e", size: 0 }, { more: true }]);
  t.match(await facts("stat s/e"), [{ path: "s/e", size: 0, digest: /^e3b0c442/ }]);
  const [header, row] = String((await seen(session, "ls s/a")).out).split("\n");
  t.equal(header, "size\tmodified\ttype\tpath");
  t.match(row, /^12\t\d{4}-\d\d-\d\dT[\d:.]+Z\ttext\/plain; charset=utf-8\ts\/a\.txt$/);
  t.match(
    String((await seen(session, "ls s/large", terminal)).out),
    /SIZE .*\n2\.9 MiB {2}\d{4}-\d\d-\d\d \d\d:\d\d {2}/,
  );
  t.match(await seen(session, "ls none", terminal), { err: "no files\n" });
});
