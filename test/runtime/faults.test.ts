/** Crash plans: the point, the transaction, the n-th time. */

import t from "tap";
import type { Message } from "../../actors/message.js";
import type { Output } from "../../actors/protocol.js";
import type { LogRecord } from "../../actors/record.js";
import { CRASH_POINTS, type CrashPoint, FaultPlan, pointsOf } from "../../runtime/faults.js";
import { concluded, decided, prepared } from "../contract/records.js";
import { vote } from "./stage.js";

function output(records: LogRecord[], ...bodies: Message[]): Output {
  const messages = bodies.map((body) => ({ target: "x", body }));
  return { records: records.map((record) => ({ record, forced: true })), writes: [], messages };
}

function voting(txn: string): Output {
  return output([prepared(txn)], vote(txn));
}

function deciding(txn: string): Output {
  return output([decided(txn)], { kind: "decide", txn, attempt: 1, outcome: "committed" });
}

function acknowledging(txn: string): Output {
  return output([concluded(txn)], { kind: "ack", txn });
}

const PREPARE: Message = {
  kind: "prepare",
  protocol: "3pc",
  txn: "t1",
  attempt: 1,
  participants: ["n1"],
  operations: [],
  checks: [],
  deadlineMs: 1000,
};
const PRECOMMIT = { kind: "precommit", txn: "t1", attempt: 1, round: 0, position: 1 } as const;

t.test("nothing is armed at first", async (t) => {
  t.equal(new FaultPlan().strike(voting("t1")), undefined);
});

t.test("each point strikes in the turn that it names, and in no other", async (t) => {
  const turns = {
    prepare: output([], PREPARE),
    vote: voting("t1"),
    precommit: output([], PRECOMMIT),
    "precommit-ack": output([], { ...PRECOMMIT, kind: "precommit-ack" }),
    decision: deciding("t1"),
    ack: acknowledging("t1"),
  };
  for (const [at, { on, moment }] of Object.entries(CRASH_POINTS)) {
    for (const [kind, turn] of Object.entries(turns)) {
      const plan = new FaultPlan();
      plan.arm({ at: at as CrashPoint, targets: ["n2"] });
      t.equal(
        plan.strike(turn)?.moment,
        on === kind || on === "turn" ? moment : undefined,
        `${at} in a turn with a ${kind}`,
      );
    }
  }
});

t.test("in three-phase commit who tells of the end has decided", async (t) => {
  const plan = new FaultPlan();
  plan.arm({ at: "before-decision" });
  const record: LogRecord = { ...concluded("t1"), membership: { fingerprint: 7 } };
  const told: Message = { kind: "outcome", request: 1, txn: "t1", standing: { state: "committed" } };
  t.equal(plan.strike(output([record])), undefined, "it was told itself");
  t.equal(plan.strike(output([record], told)), undefined);
  t.ok(plan.strike(output([record], { kind: "decide", txn: "t1", attempt: 1, outcome: "committed" })));
});

t.test("in part means what the point is about, to the targets, and nothing else", async (t) => {
  const plan = new FaultPlan();
  for (const [at, body] of [
    ["partial-vote-request", PREPARE],
    ["partial-precommit", PRECOMMIT],
  ] as const) {
    plan.arm({ at, targets: ["n2"] });
    const strike = plan.strike(output([], body));
    t.equal(strike?.sends?.({ target: "n2", body }), true);
    t.equal(strike?.sends?.({ target: "n1", body }), false);
    t.equal(strike?.sends?.({ target: "n2", body: vote("t1") }), false);
    plan.arm({ at });
    t.equal(plan.strike(output([], body))?.sends?.({ target: "n2", body }), false, "without targets it is nobody");
  }
});

t.test("replicas lead in three-phase commit only", async (t) => {
  const replica = { coordinates: false, replicates: true };
  const coordinator = { coordinates: true, replicates: false };
  t.notOk(pointsOf(replica, ["2pc"]).includes("partial-decision"));
  t.ok(pointsOf(replica, ["3pc"]).includes("partial-decision"));
  t.notOk(pointsOf(replica, ["3pc"]).includes("before-ack"), "nobody acknowledges its end");
  t.notOk(pointsOf(coordinator, ["2pc"]).includes("partial-precommit"));
  t.notOk(pointsOf(coordinator).includes("before-vote"));
});

t.test("in part means decisions to the targets, and nothing else", async (t) => {
  const plan = new FaultPlan();
  plan.arm({ at: "partial-decision", targets: ["n2"] });
  const strike = plan.strike(deciding("t1"));
  const decide: Message = { kind: "decide", txn: "t1", attempt: 1, outcome: "committed" };
  t.equal(strike?.sends?.({ target: "n2", body: decide }), true);
  t.equal(strike?.sends?.({ target: "n1", body: decide }), false);
  t.equal(strike?.sends?.({ target: "n2", body: vote("t1") }), false);
});

t.test("a plan for one transaction lets the others pass, also in the same turn", async (t) => {
  const plan = new FaultPlan();
  plan.arm({ at: "after-vote", txn: "t2" });
  t.equal(plan.strike(voting("t1")), undefined);
  t.ok(plan.strike(output([], vote("t1"), vote("t2"))));
  plan.arm({ at: "before-decision", txn: "t2" });
  t.equal(plan.strike(deciding("t1")), undefined);
  t.ok(plan.strike(deciding("t2")));
});

t.test("the n-th time counts only turns that reach the point, from when it was armed", async (t) => {
  const plan = new FaultPlan();
  plan.arm({ at: "before-ack", hit: 3 });
  const struck = [voting("t1"), acknowledging("t1"), acknowledging("t2"), deciding("t3"), acknowledging("t3")].map(
    (turn) => plan.strike(turn) !== undefined,
  );
  t.same(struck, [false, false, false, false, true]);
  plan.arm({ at: "before-ack", hit: 2 });
  t.equal(plan.strike(acknowledging("t4")), undefined, "armed anew, it counts anew");
  t.ok(plan.strike(acknowledging("t5")));
});
