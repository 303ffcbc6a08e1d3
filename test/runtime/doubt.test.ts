/** Transactions in doubt: what is listed and refused, what a person forces, and what becomes of it. */

import t from "tap";
import { until } from "../../cli/torture/polling.js";
import type { Cluster } from "../../runtime/api.js";
import { open } from "../../runtime/client.js";
import type { Doubt } from "../../runtime/doubt-api.js";
import type { CrashPoint } from "../../runtime/faults.js";

const SHORT = { deadlineMs: 300 };

/** A cluster in which all participants have voted on `txn`, and the coordinator is gone. */
async function blocked(t: Tap, at: CrashPoint, txn = "t"): Promise<Cluster> {
  const cluster = await open({ temporary: true, chaos: true });
  t.teardown(() => cluster.close());
  await block(cluster, at, txn);
  return cluster;
}

async function block(cluster: Cluster, at: CrashPoint, txn: string): Promise<void> {
  await cluster.crash("c1", { at, restart: false });
  await cluster.put("a", txn, { id: txn, ...SHORT });
  await until("all wait", async () => (await only(cluster)).waitingFor.includes("c1"));
}

type Tap = { teardown(work: () => Promise<void>): void };

async function only(cluster: Cluster): Promise<Doubt> {
  const [doubt, ...others] = await cluster.doubt.list();
  if (!doubt || others.length > 0) throw new Error(`${others.length} others`);
  return doubt;
}

t.test("what blocks is listed, with what each log proves, and who waits", async (t) => {
  const cluster = await blocked(t, "after-decision");
  const read = cluster.get("a", { deadlineMs: 2000, replica: "n2" });
  await until("somebody waits", async () => (await only(cluster)).readers.n2 === 1);
  const voted = { isUp: true, proves: /voted yes/ };
  t.match(await only(cluster), {
    txn: "t",
    protocol: "2pc",
    state: "undecided",
    keys: ["a"],
    waitingFor: ["c1"],
    logs: [
      { node: "c1", isUp: false, proves: /down/ },
      { node: "n1", ...voted },
      { node: "n2", ...voted },
      { node: "n3", ...voted },
    ],
    forced: [],
    objections: {},
  });
  await cluster.restart("c1");
  t.match(await read, { value: "t" }, "it was decided, and whoever waited reads on");
  await until("nothing is in doubt", async () => (await cluster.doubt.list()).length === 0);
});

t.test("a commit that the coordinator confirms is over without a trace", async (t) => {
  const cluster = await blocked(t, "after-decision");
  const { doubt } = cluster;
  const forced = await doubt.resolve("t", "commit", { reason: " the log of c1 says so ", by: "ann" });
  const order = { outcome: "committed", reason: "the log of c1 says so", by: "ann", at: Number };
  t.match(forced, { state: "forced", keys: [], forced: ["n1", "n2", "n3"].map((node) => ({ node, ...order })) });
  t.match(await cluster.get("a"), { value: "t" });
  t.same(await cluster.locks(), []);
  t.match((await cluster.status()).forced, [{ txn: "t", node: "n1", ...order }, {}, {}]);
  t.match((await cluster.log("n1")).at(-1), { kind: "forced", txn: "t", ...order });
  await cluster.restart("c1");
  await until("all know", async () => (await doubt.list()).length === 0);
  t.equal((await cluster.status()).forced, undefined);
  t.match(await cluster.outcome("t"), { outcome: "committed" });
  t.match((await cluster.log("n1")).at(-1), { kind: "concluded", outcome: "committed" });
});

t.test("a contradiction is told until somebody has seen it, also after crashes", async (t) => {
  const cluster = await blocked(t, "after-decision");
  const { doubt } = cluster;
  await doubt.resolve("t", "abort", { reason: "c1 burnt down", nodes: ["n1"] });
  t.match(await only(cluster), { state: "undecided", objections: { commit: /n1 was forced/ } }, "others wait on");
  await t.rejects(doubt.resolve("t", "commit", { reason: "no" }), { code: "contradicted", message: /n1 was forced/ });
  t.equal((await cluster.get("a", { replica: "n1" })).value, undefined, "its key is free");
  await cluster.crash("n1", { restart: false });
  await cluster.restart("n1");
  t.match((await only(cluster)).forced, [{ node: "n1", outcome: "aborted", reason: "c1 burnt down" }]);
  await t.rejects(doubt.forget("t"), { code: "contradicted", message: /nobody knows yet/ });
  await cluster.restart("c1");
  await until("it is known", async () => (await only(cluster)).state === "mismatch");
  await cluster.crash("n1", { restart: false });
  await cluster.restart("n1");
  const wrong = { node: "n1", outcome: "aborted", real: "committed" };
  t.match(await only(cluster), {
    state: "mismatch",
    forced: [wrong],
    objections: { abort: /knows that it committed/ },
  });
  t.match((await cluster.status()).forced, [wrong]);
  t.match((await cluster.log("n1")).at(-1), { kind: "mismatched", real: { outcome: "committed" } });
  t.match(await cluster.get("a", { replica: "n2" }), { value: "t" }, "others have it");
  t.equal(
    (await cluster.get("a", { replica: "n1" })).value,
    undefined,
    "a forced outcome is not undone behind anybody's back",
  );
  t.match(await doubt.forget("t"), { txn: "t", nodes: ["n1"] });
  t.same(await doubt.list(), []);
  await t.rejects(doubt.forget("t"), { code: "not-found" });
  t.match(await cluster.put("a", 2), { outcome: "committed" }, "the cluster goes on");
});

t.test("a commit that was never decided is a mismatch too", async (t) => {
  const cluster = await blocked(t, "before-decision");
  const { doubt } = cluster;
  await doubt.resolve("t", "commit", { reason: "guessed" });
  await cluster.restart("c1");
  await until("all know", async () => (await only(cluster)).forced.every(({ real }) => real === "aborted"));
  t.match(await cluster.outcome("t"), { outcome: "aborted" });
  t.match(await doubt.forget("t"), { nodes: ["n1", "n2", "n3"] });
});

t.test("what could contradict a log is refused, and says which", async (t) => {
  const cluster = await blocked(t, "before-decision");
  const { doubt } = cluster;
  const reason = { reason: "why not" };
  await t.rejects(doubt.resolve("nothing", "abort", reason), { code: "not-found" });
  await t.rejects(doubt.resolve("t", "abort", { reason: "  " }), { code: "invalid", message: /needs a reason/ });
  await t.rejects(doubt.resolve("t", "perhaps" as "abort", reason), { code: "invalid" });
  await t.rejects(doubt.resolve("t", "abort", { ...reason, nodes: ["c1"] }), { code: "invalid", message: /c1/ });
  t.same(await doubt.list().then(([one]) => one?.forced), [], "nothing was forced");
  const link = await cluster.doubt.list();
  t.equal(link.length, 1);
});

t.test("a participant that has not voted rules out a commit", async (t) => {
  const cluster = await open({ temporary: true, chaos: true });
  t.teardown(() => cluster.close());
  await cluster.cut("c1", "n3");
  await cluster.cut("n1", "n3");
  await cluster.cut("n2", "n3");
  await cluster.crash("c1", { at: "partial-vote-request", targets: ["n1", "n2"], restart: false });
  await cluster.put("a", 1, { id: "t", ...SHORT });
  await until("it waits", async () => (await cluster.doubt.list()).some(({ waitingFor }) => waitingFor.includes("c1")));
  t.match(await only(cluster), { objections: { commit: "n3 has not voted yes" }, logs: [{}, {}, {}, { node: "n3" }] });
  t.equal((await only(cluster)).objections.abort, undefined);
  const refused = { code: "contradicted", message: /n3 has not voted yes/ };
  await t.rejects(cluster.doubt.resolve("t", "commit", { reason: "no" }), refused);
  t.match(await cluster.doubt.resolve("t", "abort", { reason: "n3 never voted" }), { state: "forced" });
  await cluster.restart("c1");
  await until("all know", async () => (await cluster.doubt.list()).length === 0);
});

t.test("while its coordinator is up it is nobody else's to decide", async (t) => {
  const cluster = await open({ temporary: true, chaos: true });
  t.teardown(() => cluster.close());
  await cluster.cut("c1", "n1");
  const put = cluster.put("a", 1, { id: "t", deadlineMs: 5000 });
  await until("others have voted", async () => (await cluster.doubt.list()).length === 1);
  const refused = { code: "contradicted", message: /c1 coordinates it and is up/ };
  await t.rejects(cluster.doubt.resolve("t", "abort", { reason: "hurry" }), refused);
  await cluster.cut("c1", "n1", false);
  t.match(await put, { outcome: "aborted" });
});
