/** People who vote: what waits for them, what their answers do, and what becomes of answers that do not come. */

import t from "tap";
import { LONG, reasonOf, waiting, withPeople } from "./people.js";
import { COMMITTED, opened, vetoed } from "./ruled-cluster.js";

for (const protocol of ["2pc", "3pc"] as const) {
  t.test(`${protocol}: three people`, async (t) => {
    const cluster = await opened(t, { temporary: true, replicas: 3, protocol });
    await withPeople(cluster, "n1", "n2", "n3");
    const proposed = cluster.put("proposals/1", "a new roof", { id: "roof", ...LONG });
    const ballots = await waiting(cluster, 3);
    t.same(ballots.map(({ node }) => node).sort(), ["n1", "n2", "n3"]);
    const [ballot] = await cluster.ballots("n2");
    const operations = [{ op: "put", key: "proposals/1", value: "a new roof" }];
    t.match(ballot, { txn: "roof", node: "n2", operations, checks: [], leftMs: Number });
    t.ok(ballot && ballot.leftMs > 200_000 && ballot.deadlineAt > ballot.askedAt);
    t.same(await cluster.locks(), [], "nothing is locked while people think");
    t.same(await cluster.castVote("roof", "n1", true), { txn: "roof", node: "n1", vote: "commit" });
    t.match(await reasonOf(cluster.castVote("roof", "n1", false)), /^not-waiting: .*n1 has answered commit already/);
    await cluster.castVote("roof", "n2", true, "at last");
    t.equal((await cluster.ballots()).length, 1);
    await cluster.castVote("roof", "n3", true);
    t.match(await proposed, COMMITTED);
    t.equal((await cluster.get("proposals/1")).value, "a new roof");

    const refused = cluster.put("proposals/2", "a pool", { id: "pool", ...LONG });
    await waiting(cluster, 3);
    await cluster.castVote("pool", "n3", false, "too expensive");
    t.match(await refused, vetoed("n3", { detail: "too expensive" }));
    t.same(await cluster.ballots(), [], "what has ended waits for nobody");
    t.match(await reasonOf(cluster.castVote("pool", "n1", true)), /it has ended without this vote/);
    t.match(await cluster.put("proposals/1", 1, { checks: [{ key: "proposals/1", is: "absent" }] }), {
      why: { code: "check-failed" },
    });
    t.same(await cluster.ballots(), [], "and what fails anyway is asked of nobody");
  });
}

for (const protocol of ["2pc", "3pc"] as const)
  t.test(`${protocol}: nobody answers: a no that says whose`, async (t) => {
    const cluster = await opened(t, { temporary: true, protocol });
    await withPeople(cluster, "n2");
    const late = await cluster.put("a", 1, { id: "late", deadlineMs: 5000 });
    t.match(late, vetoed("n2", { detail: "the person at n2 did not answer in time" }));
    t.match(await reasonOf(cluster.castVote("late", "n2", true)), /^not-waiting: .*did not answer in time/);
    t.same(await cluster.ballots(), []);
  });

t.test("two requests at once, and a rule that changes meanwhile", async (t) => {
  const cluster = await opened(t, { temporary: true });
  await withPeople(cluster, "n1");
  const first = cluster.put("a", 1, { id: "first", ...LONG });
  await waiting(cluster, 1);
  const second = cluster.put("d", 2, { id: "second", ...LONG });
  await waiting(cluster, 2);
  t.match(await cluster.put("b", 1, { id: "first" }), { why: { code: "id-reused" } });
  t.same(
    (await cluster.ballots()).map(({ txn }) => txn),
    ["first", "second"],
    "oldest first, whatever else comes under its id",
  );
  await cluster.castVote("second", "n1", true);
  t.match(await second, COMMITTED);
  await cluster.validate("n1", { rule: "always" });
  t.match(await cluster.put("c", 1), COMMITTED, "later votes are ruled otherwise");
  await cluster.castVote("first", "n1", true);
  t.match(await first, COMMITTED, "but what waits still waits");
  t.match(await reasonOf(cluster.castVote("third", "n1", true)), /n1 asks nobody: it votes by always/);
});

t.test("input from outside", async (t) => {
  const cluster = await opened(t, { temporary: true });
  await withPeople(cluster, "n1");
  const waits = cluster.put("a", 1, { id: "t", ...LONG });
  await waiting(cluster, 1);
  const vote = (...said: unknown[]) => cluster.castVote(...(said as [string, string, boolean, string]));
  for (const [said, refusal] of [
    [["t", "n9", true], /^no-such-node: /],
    [["t", "c1", true], /^invalid: c1 never votes/],
    [["t", "n2", true], /^not-waiting: n2 asks nobody/],
    [["nothing", "n1", true], /^not-waiting: nothing does not wait for n1/],
    [["", "n1", true], /^invalid: txn/],
    [["x".repeat(1000), "n1", true], /^(invalid|too-large): /],
    [["t", {}, true], /^invalid: the node/],
    [["t", "n1", "yes"], /^invalid: yes must be true or false/],
    [["t", "n1", false, 5], /^invalid: the reason must be a text/],
    [["t", "n1", false, "\ud800"], /^invalid: the reason/],
    [["t", "n1", false, "x".repeat(1001)], /^too-large: the reason has 1001/],
  ] as const) {
    t.match(await reasonOf(vote(...said)), refusal);
  }
  t.match(await reasonOf(cluster.ballots("n9")), /^no-such-node: /);
  t.equal((await cluster.ballots("n1")).length, 1, "none of it was an answer");
  await vote("t", "n1", false, "");
  t.match(await waits, vetoed("n1", { detail: "the person at n1 said no" }));
});

t.test("no more wait than there is room for", async (t) => {
  const cluster = await opened(t, { temporary: true });
  await withPeople(cluster, "n1");
  const proposed = Array.from({ length: 1000 }, (_, number) => cluster.put(`k${number}`, number, LONG));
  await waiting(cluster, 1000);
  t.match(await cluster.put("one more", 1), vetoed("n1", { detail: /too much waits for people/ }));
  for (const { txn } of await cluster.ballots()) await cluster.castVote(txn, "n1", true);
  t.ok((await Promise.all(proposed)).every(({ outcome }) => outcome === "committed"));
});
