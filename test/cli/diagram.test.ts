/** The picture of a transaction holds what its nodes did, no more and no less, in an order that can have been. */

import t from "tap";
import type { Message } from "../../actors/message.js";
import { type Diagram, diagramOf } from "../../cli/diagram/diagram.js";
import { formulaOf } from "../../cli/diagram/theory.js";
import { until } from "../../cli/torture/polling.js";
import { type Cluster, open } from "../../runtime/client.js";
import type { JournalLine } from "../../runtime/journal.js";
import type { Step, Trace } from "../../runtime/tracing-api.js";

const PROTOCOLS = ["2pc", "3pc"] as const;

async function diagram(cluster: Cluster, txn: string): Promise<Diagram> {
  return diagramOf(await cluster.tracing.trace(txn));
}

for (const protocol of PROTOCOLS) {
  t.test(`${protocol}: exactly the messages and forced writes of the journal, element by element`, async (t) => {
    const lines: JournalLine[] = [];
    const cluster = await open({ temporary: true, protocol, trace: true, journal: (line) => lines.push(line) });
    t.teardown(() => cluster.close());
    await cluster.put("other", 1);
    const { txn } = await cluster.transact([
      { op: "put", key: "a", value: 1 },
      { op: "add", key: "b", delta: 2 },
    ]);
    const expected = formulaOf(protocol, 3).messages;
    await until("all is told", async () => (await diagram(cluster, txn)).costs.messages === expected);
    const { arrows, marks, costs, end, lanes } = await diagram(cluster, txn);
    const sent = lines.flatMap(({ node, messages }) =>
      messages.flatMap(({ target, body }) =>
        "txn" in body && body.txn === txn ? [{ source: node, target, body }] : [],
      ),
    );
    const drawn = arrows
      .filter(({ source }) => source !== "client")
      .map(({ source, target, body }) => ({ source, target: target === "client" ? "gateway" : target, body }));
    t.same(sorted(drawn), sorted(sent));
    const written = lines.flatMap(({ node, records }) =>
      records.flatMap(({ record, forced }) =>
        "txn" in record && record.txn === txn ? [{ lane: node, record, forced }] : [],
      ),
    );
    t.same(sorted(marks.map(({ lane, record, forced }) => ({ lane, record, forced }))), sorted(written));
    t.equal(costs.messages, costs.formula?.messages, "as many as the theory says");
    t.equal(costs.forcedWrites, costs.formula?.forcedWrites);
    t.match(end, { outcome: "committed", blocked: false, sentence: /n1, n2 and n3 voted yes/ });
    t.same(
      lanes.map(({ id }) => id),
      ["client", "c1", "n1", "n2", "n3"],
    );
    for (const { leaves, arrives, note } of arrows)
      t.ok(arrives === undefined || leaves < arrives, `${note} goes down`);
  });
}

function sorted(items: readonly object[]): string[] {
  return items.map((item) => JSON.stringify(item)).sort();
}

t.test("why it was aborted, and who won", async (t) => {
  const cluster = await open({ temporary: true, trace: true });
  t.teardown(() => cluster.close());
  await cluster.validate("n2", { rule: "no-next" });
  const { txn } = await cluster.put("a", 1);
  const { end, phases, costs } = await diagram(cluster, txn);
  t.match(end, { outcome: "aborted", why: { code: "vetoed", node: "n2" }, sentence: /a validator voted no/ });
  t.notOk(phases.some(({ lane, phase }) => lane === "n2" && phase === "prepared"));
  t.equal(costs.formula?.says.messages, "2n + yes");
  const results = await Promise.all([cluster.put("b", 1), cluster.put("b", 2)]);
  const lost = results.find(({ outcome }) => outcome === "aborted");
  const won = results.find(({ outcome }) => outcome === "committed");
  if (!lost || !won) return;
  await until("it is told", async () => (await diagram(cluster, lost.txn)).end.outcome === "aborted");
  t.equal((await diagram(cluster, lost.txn)).end.winner, won.txn);
});

t.test("a coordinator that dies with its decision blocks the others, which is told; and how it ends", async (t) => {
  const cluster = await open({ temporary: true, trace: true, chaos: true });
  t.teardown(() => cluster.close());
  await cluster.crash("c1", { at: "after-decision", restart: false });
  const put = cluster.put("a", 1, { id: "stuck" });
  const asked = () =>
    diagram(cluster, "stuck").then(
      ({ end }) => end.learned.length > 3,
      () => false,
    );
  await until("they have asked each other", asked);
  const blocked = await diagram(cluster, "stuck");
  t.match(blocked.end, { blocked: true, sentence: /^Blocked: n1, n2 and n3 promised.*last records say: committed/ });
  t.match(blocked.breaks, [{ lane: "c1", up: false }]);
  t.ok(
    blocked.arrows.some(({ target, arrives }) => target === "c1" && arrives === undefined),
    "what nobody took",
  );
  t.same(
    blocked.locks.map(({ lane, keys, ends }) => [lane, keys, ends === blocked.rows - 1]),
    [
      ["n1", ["a"], true],
      ["n2", ["a"], true],
      ["n3", ["a"], true],
    ],
  );
  await cluster.restart("c1");
  t.match(await put, { outcome: "committed" });
  const over = await diagram(cluster, "stuck");
  t.match(over.end, { blocked: false, outcome: "committed" });
  t.ok(over.breaks.some(({ lane, up }) => lane === "c1" && up));
  const replay = over.breaks.findLast(({ lane, up }) => lane === "c1" && !up)?.row ?? 0;
  const crossing = over.arrows.filter(({ target, leaves, arrives = 0 }) => {
    return target === "c1" && leaves < replay && arrives > replay;
  });
  t.same(crossing, [], "what it was sent while it was down did not come later");
});

t.test("what nobody looked on at is told by the logs", async (t) => {
  const cluster = await open({ temporary: true });
  t.teardown(() => cluster.close());
  const { txn } = await cluster.put("a", 1);
  const trace = await cluster.tracing.trace(txn);
  t.equal(trace.source, "logs");
  t.match(diagramOf(trace).end, { outcome: "committed" });
  t.same(await cluster.tracing.traces(), []);
  await t.rejects(cluster.tracing.trace("no such one"), { code: "not-found" });
});

t.test("rounds are the longest chain of messages, in whatever order the journal is heard", async (t) => {
  const message = (source: string, body: Message) => ({ kind: "message", source, body }) as const;
  const step = (node: string, turn: number, inputs: Step["inputs"], messages: Step["messages"]): Step => {
    return { node, epoch: 1, turn, at: turn, inputs, records: [], keys: [], messages, flushed: false };
  };
  const [first, other]: Message[] = [1, 2].map((attempt) => ({
    kind: "inquire",
    txn: "t1",
    attempt,
    role: "coordinator",
  }));
  const undecided: Message = { kind: "undecided", txn: "t1" };
  const told: Message = { kind: "outcome", request: 1, txn: "t1", standing: { state: "committed" } };
  if (!first || !other) return;
  const begun = [
    { target: "n1", body: first },
    { target: "n1", body: other },
  ];
  const steps = [
    step("c1", 3, [message("n1", undecided)], [{ target: "client", body: told }]),
    step("n1", 2, [message("c1", first)], [{ target: "c1", body: undecided }]),
    step("c1", 1, [message("client", undecided)], begun),
  ];
  const trace: Trace = { txn: "t1", source: "journal", nodes: ["c1", "n1"], steps, lives: [] };
  t.same(diagramOf(trace).costs.rounds, { toAnswer: 2, inAll: 2 });
});

t.test("a peer that asks again and again makes no circle", async (t) => {
  const ask: Message = { kind: "inquire", txn: "t1", attempt: 1, role: "participant" };
  const steps = Array.from({ length: 40 }, (_, turn): Step => {
    const [node, source] = turn % 2 === 0 ? ["n1", "n2"] : ["n2", "n1"];
    const inputs = turn === 0 ? [] : [{ kind: "message" as const, source, body: ask }];
    const messages = [{ target: source, body: ask }];
    return { node, epoch: 1, turn, at: turn, inputs, records: [], keys: [], messages, flushed: false };
  });
  const { costs, rows } = diagramOf({ txn: "t1", source: "journal", nodes: ["n1", "n2"], steps, lives: [] });
  t.equal(rows, 40);
  t.equal(costs.rounds.inAll, 40);
});
