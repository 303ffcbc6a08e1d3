/** `ayes trace`, at the shell and at the prompt: a list, a picture as text, a picture in a file, and what goes wrong. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { type TraceFlags, trace } from "../../cli/commands/trace.js";
import { diagramOf } from "../../cli/diagram/diagram.js";
import { svgOf } from "../../cli/diagram/svg.js";
import { textOf } from "../../cli/diagram/text.js";
import { parse } from "../../cli/language/parse.js";
import { embedded } from "../../cli/session/link.js";
import { Session } from "../../cli/session/session.js";
import { fileReader } from "../../cli/session/values.js";
import { until } from "../../cli/torture/polling.js";
import { open } from "../../runtime/client.js";
import { serve } from "../../runtime/gateway/server.js";

t.test("on a cluster", async (t) => {
  const cluster = await open({ temporary: true, trace: true });
  const served = await serve(cluster, { port: 0, chaos: false });
  t.teardown(async () => {
    await served.close();
    await cluster.close();
  });
  const hostile = 'a<img src=x onerror="alert(1)">\u001b[2J';
  const { txn } = await cluster.put(hostile, 1, { id: "order & <7>" });
  await cluster.validate("n1", { rule: "no-next" });
  await cluster.put("b", 2);
  await until("all is told", async () => {
    const told = await cluster.tracing.traces();
    return told.length === 2 && told.every(({ outcome }) => outcome !== "undecided");
  });
  const run = async (id: string | undefined, flags: TraceFlags) => {
    const out = t.capture(process.stdout, "write", () => true);
    const err = t.capture(process.stderr, "write", () => true);
    const code = await trace(id, { url: served.url, ...flags });
    const texts = (captured: typeof out) =>
      captured()
        .map(({ args }) => String(args[0]))
        .join("");
    const told = { code, out: texts(out), err: texts(err) };
    out.restore();
    err.restore();
    return told;
  };
  const picture = await run(txn, {});
  t.equal(picture.code, 0);
  t.match(
    picture.out,
    /committed {2}2pc\nCommitted: n1, n2 and n3 voted yes, so c1 decided to commit\.\nmessages 12 \(4n = 12\)/,
  );
  t.match(picture.out, /client +c1 +n1 +n2 +n3/);
  t.match(picture.out, /■ decided committed/);
  t.notMatch(picture.out, "\u001b", "nothing in it reaches the terminal as a command");
  const list = await run(undefined, {});
  t.match(list.out, /aborted\tvetoed\t2pc/);
  t.match((await run(undefined, { outcome: "aborted", json: true })).out, /^\{"txn":.*"code":"vetoed".*\}\n$/);
  t.equal((await run(undefined, { key: "nothing", quiet: true })).out, "");
  const file = join(t.testdir(), "order.svg");
  t.match(await run(txn, { svg: file }), { code: 0, out: `drawn in ${file}\n` });
  const svg = readFileSync(file, "utf8");
  t.match(svg, /^<svg xmlns/);
  t.match(svg, "order &amp; &lt;7&gt;");
  t.notMatch(svg, "<img");
  t.notMatch(svg, /href|url\((?!#)/, "nothing is loaded from anywhere");
  t.match(await run("nope", {}), { code: 1, err: /nothing is known of a transaction nope/ });
  t.match(await run(txn, { limit: 3 }), { code: 2, err: /leave the id out/ });
  t.match(await run(undefined, { svg: file }), { code: 2, err: /name its id/ });
  t.match(await run(txn, { svg: "/no/such/folder/x.svg" }), { code: 2, err: /cannot write/ });
  t.match(await run(txn, { url: "http://127.0.0.1:1" }), { code: 3 });
  const session = new Session(embedded(cluster), fileReader(undefined));
  t.match(await session.run({ kind: "trace", txn }), { kind: "trace", trace: { txn } });
  t.match(await session.run({ kind: "trace", txn: undefined }), { traces: [{ outcome: "aborted" }, { txn }] });
  t.match(parse(`trace ${JSON.stringify(txn)}; trace`), [{ kind: "trace", txn }, { kind: "trace" }]);
});

t.test("a message that nobody took, a crash and its end are drawn", async (t) => {
  const cluster = await open({ temporary: true, trace: true, chaos: true });
  t.teardown(() => cluster.close());
  await cluster.crash("c1", { at: "partial-decision", targets: ["n2"], restart: false });
  const put = cluster.put("a", 1, { id: "x" });
  const at = async (replica: string) => (await cluster.get("a", { read: "committed", replica })).value;
  await until("they have told each other", async () => (await at("n1")) === 1 && (await at("n3")) === 1);
  await cluster.restart("c1");
  await put;
  const drawn = async () => diagramOf(await cluster.tracing.trace("x"));
  await until("it is over", async () => (await drawn()).marks.some(({ record }) => record.kind === "ended"));
  const diagram = await drawn();
  const text = textOf(diagram, 90);
  t.match(text, /✖ (held|down)/);
  t.match(text, /● up again/);
  t.match(text, /learned from n2|asked by/, "what they told each other");
  t.ok(
    text
      .split("\n")
      .slice(4)
      .every((line) => line.length < 150),
  );
  t.match(svgOf(diagram), "up again");
});
