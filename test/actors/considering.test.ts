/** Transactions that wait for a verdict: which answer is about which, how many may wait, and for how long. */

import t from "tap";
import type { Message } from "../../actors/message.js";
import { Node } from "../../actors/node.js";
import type { Event } from "../../actors/protocol.js";
import type { Validator } from "../../actors/validator.js";
import { misfit } from "../../runtime/schema.js";

const SETTINGS = { resendAfterMs: 500, inquireAfterMs: 500, retainedOutcomes: 10 };
const OUTSIDE: Validator = { rule: "outside" };

function newNode(validator: Validator): Node {
  return new Node({
    self: "n1",
    nodes: ["c1", "n1"],
    replicas: ["n1"],
    epoch: 1,
    settings: SETTINGS,
    validator,
    judge: "judge",
  });
}

function prepare(txn: string, attempt = 1): Message {
  const operations = [{ op: "put" as const, key: txn, value: "1" }];
  return {
    kind: "prepare",
    protocol: "2pc",
    txn,
    attempt,
    participants: ["n1"],
    operations,
    checks: [],
    deadlineMs: 1000,
  };
}

function verdict(txn: string, attempt = 1, yes = true): Message {
  return { kind: "verdict", txn, attempt, yes, detail: "because" };
}

/** What the node says to these messages, all of one turn: to whom, what, and why not. */
function hear(node: Node, bodies: readonly Message[], now = 0): string[] {
  const events = bodies.map((body): Event => ({ kind: "message", source: "c1", body }));
  const room = () => Number.POSITIVE_INFINITY;
  const { messages } = node.turn(events, {
    now,
    read: () => undefined,
    scan: () => [],
    changes: () => ({ begin: 0 }),
    room,
    misfit,
    holds: () => false,
  });
  return messages.map(({ target, body }) => {
    if (body.kind === "vote") return `${body.vote} ${body.txn} ${body.why?.detail ?? ""}`.trim();
    return `${body.kind} ${"txn" in body ? `${body.txn} ` : ""}${target}`;
  });
}

t.test("an answer is about one attempt", async (t) => {
  const node = newNode(OUTSIDE);
  t.same(hear(node, [prepare("t1", 2)]), ["consider t1 judge"]);
  t.same(hear(node, [verdict("t1", 1)]), [], "another one's is no news");
  t.same(hear(node, [prepare("t1", 1)]), [], "an earlier attempt does not take the place of a later one");
  t.same(hear(node, [prepare("t1", 3)]), ["consider t1 judge"], "a later one does");
  t.same(hear(node, [verdict("t1", 2)]), []);
  t.same(hear(node, [verdict("t1", 3, false)]), ["no t1 because"]);
  t.same(hear(node, [verdict("t1", 3)]), [], "it was answered");
  t.equal(node.sizes().considering, 0);
});

t.test("what waits is dropped when its time is over, or its coordinator", async (t) => {
  const node = newNode(OUTSIDE);
  hear(node, [prepare("t1")], 10);
  t.equal(node.deadline(), 1010);
  t.same(hear(node, [verdict("t1")], 1010), [], "too late");
  t.equal(node.deadline(), undefined);
  hear(node, [prepare("t2")], 2000);
  node.turn([{ kind: "peer", node: "c1", up: false, epoch: 1 }], {
    now: 2000,
    read: () => undefined,
    scan: () => [],
    changes: () => ({ begin: 0 }),
    room: () => 0,
    misfit,
    holds: () => false,
  });
  t.same(hear(node, [verdict("t2")], 2000), []);
  t.equal(node.sizes().considering, 0);
});

t.test("a peer that asks while somebody is asked learns nothing, and later does not wait in vain", async (t) => {
  const inquiry = (attempt: number): Message => ({ kind: "inquire", txn: "t1", attempt, role: "participant" });
  const node = newNode({ rule: "person" });
  t.same(hear(node, [prepare("t1", 2)]), ["consider t1 judge"]);
  t.same(hear(node, [inquiry(2)]), ["undecided t1 c1"], "it has not voted, and may still say yes");
  t.same(hear(node, [verdict("t1", 2)]), ["yes t1"]);
  t.same(hear(node, [prepare("t2")]), ["consider t2 judge"]);
  const late: Message = { kind: "inquire", txn: "t2", attempt: 1, role: "participant" };
  t.same(hear(node, [late], 1000), ["decide t2 c1"], "nobody waits for its vote any more: CT2");
  t.same(hear(node, [prepare("t2"), verdict("t2")], 1000).slice(1), [
    "no t2 a participant that had not voted was asked first",
  ]);
});

t.test("as many may wait as there is room for", async (t) => {
  const node = newNode(OUTSIDE);
  const many = Array.from({ length: 10_000 }, (_, index) => prepare(`t${index}`));
  t.equal(hear(node, many).length, 10_000);
  t.same(hear(node, [prepare("more")]), ["no more nobody could be asked: too many wait for a verdict"]);
  t.same(
    hear(node, [verdict("t7"), prepare("more", 2)]),
    ["yes t7", "consider more judge"],
    "one less is room for one",
  );
  t.equal(node.sizes().considering, 10_000);
});

t.test("a veto for once is over within the turn", async (t) => {
  const node = newNode({ rule: "no-next", after: { rule: "max-value-bytes", bytes: 0 } });
  t.same(hear(node, [prepare("t1"), prepare("t2")]), [
    "no t1 no-next",
    "lapsed judge",
    "no t2 max-value-bytes 0: it would become 1, of 1 bytes",
  ]);
});

t.test("a node goes on where another one was", async (t) => {
  const node = newNode(OUTSIDE);
  hear(node, [prepare("t1")]);
  const next = newNode({ rule: "always" });
  next.restore(structuredClone(node.snapshot()));
  t.same(next.validator, OUTSIDE);
  t.same(hear(next, [prepare("t1")]), [], "it was asked about already");
  t.same(hear(next, [verdict("t1")]), ["yes t1"]);
});
