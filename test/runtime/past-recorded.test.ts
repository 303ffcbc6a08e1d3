/** A recording at random turns: nodes, locks and values as an independent run of the same prefix has them. */

import t from "tap";
import { until } from "../../cli/torture/polling.js";
import { open } from "../../runtime/client.js";
import { historyOfRecording } from "../../runtime/past/recorded-history.js";
import { type Entry, entryIn } from "../../runtime/recording/entry.js";
import { Rerun } from "../../runtime/recording/rerun.js";
import { recorded, work } from "./recorded.js";

async function* each(entries: readonly Entry[]): AsyncIterable<Entry> {
  yield* entries;
}

/** All before the turn that follows so many. */
function prefixOf(entries: readonly Entry[], step: number): Entry[] {
  const turns = [...entries.entries()].flatMap(([index, { kind }]) => (kind === "turn" ? [index] : []));
  return entries.slice(0, turns[step] ?? entries.length);
}

t.test("random turns, forward and backward, through a crash and a transaction in doubt", async (t) => {
  const { lines, record } = recorded();
  const cluster = await open({ temporary: true, chaos: true, record });
  t.teardown(() => cluster.close());
  await work(cluster, "one");
  await cluster.crash("c1", { at: "after-decision", restart: false });
  const blocked = await cluster.put("blocked", 1, { deadlineMs: 300 });
  const entries = () => lines.map(entryIn);
  await until("they have asked around", () => lines.filter((line) => line.includes('"inquire"')).length > 3);
  const meanwhile = await historyOfRecording("meanwhile", each(entries()));
  t.match(meanwhile.past, { source: "recording", complete: true });
  t.match(meanwhile.past.nodes[0], { id: "c1", state: "held" });
  t.match(meanwhile.past.inDoubt, [
    { txn: blocked.txn, keys: ["blocked"], logs: { c1: "decided committed", n1: "prepared" }, waitingFor: ["c1"] },
  ]);
  t.equal(meanwhile.past.locks.filter(({ txn }) => txn === blocked.txn).length, 3);
  await cluster.restart("c1");
  await until("it is over", async () => (await cluster.status()).inDoubt.length === 0);
  await cluster.close();

  const all = entries();
  const history = await historyOfRecording("run", each(all));
  t.same(history.past.inDoubt, []);
  for (let tries = 0; tries < 25; tries += 1) {
    const step = (tries * 7919) % (history.past.steps + 1);
    const [heading, ...rest] = prefixOf(all, step);
    const run = new Rerun(heading);
    for (const entry of rest) run.take(entry);
    for (const [node, life] of run.lives()) {
      const moment = history.at({ step, replica: node, limit: 1000 });
      const found = moment.values.map((one) => (one.state === "present" ? [one.key, one.version] : [one.key]));
      const expected = life.durable.rows
        .filter(([key]) => !key.startsWith("\0"))
        .map(([key, , version]) => [key, version]);
      t.same(
        found.filter(([key]) => !String(key).startsWith("file ")),
        expected,
        `${node} after turn ${step}`,
      );
      const locks = life.core.locks().map(({ txn }) => txn);
      const shown = moment.locks?.filter((lock) => lock.node === node).map(({ txn }) => txn);
      t.same(shown, locks, `locks of ${node} after turn ${step}`);
    }
  }
  t.match(history.at({ step: 1 }).event, { node: /^[cn]\d$/, text: /^[cn]\d/ });
  t.equal(history.at({ step: 0 }).event, undefined);
  for (const query of [{ step: -1 }, { step: 1e9 }]) t.throws(() => history.at(query), { code: "invalid" });
  t.throws(() => history.at({ step: 1, replica: "n9" }), { code: "no-such-node" });
  t.throws(() => history.stepAt(1), { code: "invalid" });
  const trace = history.trace(blocked.txn);
  t.equal(trace.source, "journal");
  t.ok(trace.steps.some(({ messages }) => messages.length > 0) && trace.lives.some(({ node }) => node === "c1"));
  t.equal(history.transactions({ id: blocked.txn }).length, 1);
  t.throws(() => history.trace("nothing"), { code: "not-found" });
  await t.rejects(historyOfRecording("nothing", each([])), { code: "invalid" });
});
