/** The mailbox: order, epochs that are over, and its bound. */

import t from "tap";
import type { Message } from "../../actors/message.js";
import { Mailbox } from "../../runtime/mailbox.js";
import { ack, envelope } from "../contract/links.js";

const CAPACITY = 100_000;

t.test("events leave in the order in which they came, at most so many at once", async (t) => {
  const mailbox = new Mailbox(["n1"], "c1", false);
  mailbox.push(envelope("n1", "c1", 1, [ack(1), ack(2)]));
  mailbox.peer("n2", false);
  mailbox.push(envelope("gateway", "c1", 1, [ack(3)]));
  t.equal(mailbox.size, 4);
  t.match(mailbox.take(3), [{ body: { txn: "t1" } }, { body: { txn: "t2" } }, { kind: "peer", node: "n2", up: false }]);
  t.match(mailbox.take(3), [{ source: "gateway", body: { txn: "t3" } }]);
  t.same(mailbox.take(3), []);
  t.equal(mailbox.size, 0);
});

t.test("envelopes of an epoch that is known to be over are dropped", async (t) => {
  const mailbox = new Mailbox(["n1", "n2"], "c1", false);
  t.ok(mailbox.push(envelope("n1", "c1", 9, [ack(1)], 2)));
  t.notOk(mailbox.push(envelope("n1", "c1", 10, [ack(2)], 1)), "the older incarnation");
  t.ok(mailbox.push(envelope("n2", "c1", 1, [ack(3)], 1)), "every source has epochs of its own");
  t.ok(mailbox.push(envelope("n1", "c1", 10, [ack(4)], 2)), "the same incarnation goes on");
  t.ok(mailbox.push(envelope("n1", "c1", 1, [ack(5)], 7)));
  t.notOk(mailbox.push(envelope("n1", "c1", 11, [ack(6)], 2)));
  t.match(
    mailbox.take(10),
    [1, 3, 4, 5].map((number) => ({ body: { txn: `t${number}` } })),
  );
});

t.test("when it is full, clients wait and nodes do not", async (t) => {
  const mailbox = new Mailbox(["n1"], "c1", false);
  const crowd: Message[] = Array.from({ length: CAPACITY }, (_, index) => ack(index));
  t.ok(mailbox.push(envelope("gateway", "c1", 1, crowd)));
  t.notOk(mailbox.push(envelope("gateway", "c1", 2, [ack(1)])), "a client will ask again");
  t.ok(mailbox.push(envelope("n1", "c1", 1, [ack(2)])), "a node's message is kept");
  t.equal(mailbox.size, CAPACITY + 1);
  mailbox.take(512);
  t.ok(mailbox.push(envelope("gateway", "c1", 3, [ack(3)])), "and there is room again");
});

t.test("exact: no message before the word that its source is up, none after the word that it is down", async (t) => {
  const mailbox = new Mailbox(["n1", "c1"], "c1", true);
  t.notOk(mailbox.push(envelope("n1", "c1", 1, [ack(1)], 1)), "it waits");
  mailbox.peer("n1", true, 1);
  t.ok(mailbox.push(envelope("n1", "c1", 2, [ack(2)], 1)));
  t.notOk(mailbox.push(envelope("n1", "c1", 1, [ack(3)], 2)), "the next incarnation waits");
  mailbox.peer("n1", false, 1);
  t.notOk(mailbox.push(envelope("n1", "c1", 3, [ack(4)], 1)), "too late");
  mailbox.peer("n1", true, 2);
  mailbox.peer("n1", false, 1);
  t.ok(mailbox.push(envelope("c1", "c1", 1, [ack(5)], 1)), "what it tells itself needs no word");
  t.match(mailbox.take(20), [
    { kind: "peer", up: true },
    { body: { txn: "t1" } },
    { body: { txn: "t2" } },
    { kind: "peer", up: false },
    { kind: "peer", up: true },
    { body: { txn: "t3" } },
    { body: { txn: "t5" } },
  ]);
});

t.test("exact: a word about the next incarnation says that the last one is over", async (t) => {
  const mailbox = new Mailbox(["n1"], "c1", true);
  mailbox.peer("n1", true, 1);
  mailbox.push(envelope("n1", "c1", 1, [ack(1)], 3));
  mailbox.peer("n1", true, 2);
  mailbox.peer("n1", true, 3);
  const ups = mailbox.take(20).map((event) => (event.kind === "peer" ? event.up : event.kind));
  t.same(ups, [true, false, true, false, true, "message"]);
});
