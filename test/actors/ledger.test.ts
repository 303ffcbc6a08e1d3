/** What a participant remembers, and what the lack of memory means, for ids that have an order and ids that have none. */

import t from "tap";
import type { Message } from "../../actors/message.js";
import { Node } from "../../actors/node.js";
import type { Output } from "../../actors/protocol.js";
import type { LogRecord } from "../../actors/record.js";
import { misfit } from "../../runtime/schema.js";

const SETTINGS = { resendAfterMs: 500, inquireAfterMs: 500, retainedOutcomes: 10 };
const WORLD = {
  now: 1,
  read: () => undefined,
  scan: () => [],
  changes: () => ({ begin: 0 }),
  room: () => Number.POSITIVE_INFINITY,
  misfit,
  holds: () => false,
};

function replica(): Node {
  return new Node({ self: "n1", nodes: ["c1", "n1", "n2"], replicas: ["n1", "n2"], epoch: 1, settings: SETTINGS });
}

function ordered(index: number): string {
  return String(index).padStart(26, "0");
}

/** Prepares and commits, and returns what was recorded. */
function commit(node: Node, txn: string): LogRecord[] {
  const operations = [{ op: "put" as const, key: txn, value: "1" }];
  const asked = hear(node, "c1", {
    kind: "prepare",
    protocol: "2pc",
    txn,
    attempt: 1,
    participants: ["n1", "n2"],
    operations,
    checks: [],
    deadlineMs: 1000,
  });
  const told = hear(node, "c1", { kind: "decide", txn, attempt: 1, outcome: "committed", position: 1 });
  return [...asked.records, ...told.records].map(({ record }) => record);
}

function hear(node: Node, source: string, body: Message): Output {
  return node.turn([{ kind: "message", source, body }], WORLD);
}

/** What a peer in doubt is told about an id. */
function toldAbout(node: Node, txn: string): string | undefined {
  const { messages } = hear(node, "n2", { kind: "inquire", txn, attempt: 1, role: "participant" });
  const body = messages[0]?.body;
  return body?.kind === "decide" ? body.outcome : body?.kind;
}

t.test(
  "a participant that may have forgotten an id is no information; one that certainly never saw it aborts",
  async (t) => {
    const node = replica();
    const records = Array.from({ length: 300 }, (_, index) => commit(node, ordered(index + 1))).flat();
    t.equal(toldAbout(node, ordered(300)), "committed", "what is remembered is told");
    t.equal(toldAbout(node, ordered(1)), "undecided", "what may be forgotten is not presumed");
    t.equal(toldAbout(node, ordered(301)), "aborted", "what was certainly never seen is given up");
    const again = replica();
    for (const record of records) again.replay(record);
    t.equal(toldAbout(again, ordered(1)), "undecided", "also after a replay");
    t.equal(toldAbout(again, ordered(300)), "committed");
  },
);

t.test("one forgotten id without an order makes all such ids unsure, and leaves ordered ones alone", async (t) => {
  const node = replica();
  for (let index = 1; index <= 300; index += 1) commit(node, `order-${index}`);
  t.equal(toldAbout(node, "order-1"), "undecided");
  t.equal(toldAbout(node, "never-seen"), "undecided");
  t.equal(toldAbout(node, ordered(1)), "aborted");
});

t.test("a decision told again after it was forgotten is acknowledged, and applied to nothing", async (t) => {
  const node = replica();
  for (let index = 1; index <= 300; index += 1) commit(node, ordered(index));
  const { records, writes, messages } = hear(node, "c1", {
    kind: "decide",
    txn: ordered(1),
    attempt: 1,
    outcome: "committed",
    position: 1,
  });
  t.same([records, writes], [[], []]);
  t.match(messages, [{ target: "c1", body: { kind: "ack" } }]);
});

t.test("a commit of an id that was never seen is a broken assumption", async (t) => {
  const decide: Message = { kind: "decide", txn: ordered(5), attempt: 1, outcome: "committed", position: 1 };
  t.throws(() => hear(replica(), "c1", decide), { code: "assertion" });
});

t.test("an abort after a commit is a broken assumption, and so is a commit after an abort", async (t) => {
  const node = replica();
  commit(node, ordered(5));
  t.throws(() => hear(node, "c1", { kind: "decide", txn: ordered(5), attempt: 1, outcome: "aborted" }), {
    code: "assertion",
  });
  const other = replica();
  t.equal(toldAbout(other, ordered(6)), "aborted");
  t.throws(
    () => hear(other, "c1", { kind: "decide", txn: ordered(6), attempt: 1, outcome: "committed", position: 1 }),
    {
      code: "assertion",
    },
  );
});
