/** What every transport promises: order, nothing twice, and loss without an error. */

import { setTimeout as sleep } from "node:timers/promises";
import type { Test } from "tap";
import type { Message } from "../../actors/message.js";
import { until } from "../../cli/torture/polling.js";
import type { Deliver, Transport } from "../../runtime/transport/transport.js";
import { envelope, Inbox } from "./links.js";

/** A place where addresses can join and leave, as nodes start and die. */
export interface Exchange {
  /** Starts the transport of an address, linked with all that are there. */
  join(address: string, deliver: Deliver): Promise<Transport>;
}

/** Long enough for something that must not come to have come. */
const SILENCE_MS = 60;

export function transportContract(t: Test, name: string, setup: (t: Test) => Exchange): void {
  const promise = (what: string, check: (t: Test, exchange: Exchange) => Promise<void>) =>
    t.test(`${name}: ${what}`, async (t) => check(t, setup(t)));
  promise("envelopes of one link arrive in order, each once", inOrder);
  promise("many links into one address keep their orders", manyLinks);
  promise("bodies arrive as they were sent", sameBodies);
  promise("an envelope of 8 MiB arrives between small ones", large);
  promise("to send to nobody does nothing", toNobody);
  promise("what is sent to a peer that died is lost without an error", peerDies);
  promise("a new incarnation of the peer is reached, and reaches", newIncarnation);
  promise("a closed transport sends and delivers nothing more, and may be closed twice", closed);
}

async function pair(exchange: Exchange): Promise<{ one: Transport; inbox: Inbox; two: Transport; other: Inbox }> {
  const inbox = new Inbox();
  const other = new Inbox();
  const one = await exchange.join("n1", inbox.deliver);
  const two = await exchange.join("n2", other.deliver);
  return { one, inbox, two, other };
}

async function inOrder(t: Test, exchange: Exchange): Promise<void> {
  const { one, inbox, two, other } = await pair(exchange);
  const wanted = Array.from({ length: 3000 }, (_, seq) => seq);
  for (const seq of wanted) {
    one.send(envelope("n1", "n2", seq));
    two.send(envelope("n2", "n1", seq));
    if (seq % 500 === 0) await sleep(1);
  }
  await until("all have arrived", () => inbox.envelopes.length >= 3000 && other.envelopes.length >= 3000);
  await sleep(SILENCE_MS);
  t.same(other.seqs("n1"), wanted);
  t.same(inbox.seqs("n2"), wanted);
}

async function manyLinks(t: Test, exchange: Exchange): Promise<void> {
  const inbox = new Inbox();
  await exchange.join("target", inbox.deliver);
  const sources = ["a", "b", "c", "d"];
  const senders = await Promise.all(sources.map((source) => exchange.join(source, () => undefined)));
  const wanted = Array.from({ length: 500 }, (_, seq) => seq);
  for (const seq of wanted) {
    for (const [index, sender] of senders.entries()) sender.send(envelope(sources[index] ?? "", "target", seq));
  }
  await until("all have arrived", () => inbox.envelopes.length >= 2000);
  for (const source of sources) t.same(inbox.seqs(source), wanted, source);
}

async function sameBodies(t: Test, exchange: Exchange): Promise<void> {
  const { one, other } = await pair(exchange);
  const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
  const operations = [
    { op: "put" as const, key: "__proto__", value: '{"a":1}' },
    { op: "put" as const, key: "\u0000\u{1F600}", value: bytes },
    { op: "add" as const, key: "c", delta: -9_007_199_254_740_991 },
  ];
  const prepare: Message = {
    kind: "prepare",
    protocol: "2pc",
    txn: "t1",
    attempt: 3,
    participants: ["n1"],
    operations,
    checks: [],
    deadlineMs: 1,
  };
  const absent: Message = {
    kind: "values",
    request: 1,
    values: [undefined, { value: "1", version: "t" }],
    waited: false,
    position: 1,
  };
  one.send(envelope("n1", "n2", 1, [prepare, absent], Date.now()));
  await until("it has arrived", () => other.envelopes.length > 0);
  const [first, second] = other.envelopes[0]?.bodies ?? [];
  t.match(first, { ...prepare, operations: [operations[0], { op: "put", key: "\u0000\u{1F600}" }, operations[2]] });
  const found = first?.kind === "prepare" && first.operations[1]?.op === "put" ? first.operations[1].value : undefined;
  t.ok(found instanceof Uint8Array && Buffer.compare(found, bytes) === 0, "bytes stay bytes");
  t.equal(second?.kind === "values" && (second.values?.[0] ?? undefined), undefined, "nothing stays nothing");
}

async function large(t: Test, exchange: Exchange): Promise<void> {
  const { one, other } = await pair(exchange);
  const value = Buffer.alloc(8 * 1024 * 1024, "abc");
  const put: Message = {
    kind: "prepare",
    protocol: "2pc",
    txn: "t1",
    attempt: 1,
    participants: [],
    operations: [{ op: "put", key: "k", value: new Uint8Array(value) }],
    checks: [],
    deadlineMs: 1,
  };
  one.send(envelope("n1", "n2", 1));
  one.send(envelope("n1", "n2", 2, [put]));
  one.send(envelope("n1", "n2", 3));
  await until("all three have arrived", () => other.envelopes.length === 3);
  t.same(other.seqs("n1"), [1, 2, 3]);
  const body = other.envelopes[1]?.bodies[0];
  const operation = body?.kind === "prepare" ? body.operations[0] : undefined;
  const arrived = operation?.op === "put" ? operation.value : "";
  t.ok(arrived instanceof Uint8Array && value.equals(arrived), "byte by byte");
}

async function toNobody(t: Test, exchange: Exchange): Promise<void> {
  const { one, inbox, two, other } = await pair(exchange);
  for (let seq = 0; seq < 2000; seq += 1) one.send(envelope("n1", "nobody", seq));
  await sleep(SILENCE_MS);
  one.send(envelope("n1", "n2", 1));
  two.send(envelope("n2", "n1", 1));
  await until("others are reached", () => other.envelopes.length + inbox.envelopes.length === 2);
  t.same(other.seqs("n1"), [1]);
}

async function peerDies(t: Test, exchange: Exchange): Promise<void> {
  const { one, inbox, two, other } = await pair(exchange);
  one.send(envelope("n1", "n2", 0));
  await until("the link is there", () => other.envelopes.length === 1);
  two.close();
  for (let seq = 1; seq < 200; seq += 1) {
    one.send(envelope("n1", "n2", seq));
    if (seq % 50 === 0) await sleep(5);
  }
  await sleep(SILENCE_MS);
  t.same(other.seqs("n1"), [0], "a dead one is told nothing");
  t.same(inbox.envelopes, [], "and nothing comes back");
}

async function newIncarnation(t: Test, exchange: Exchange): Promise<void> {
  const { one, inbox, two, other } = await pair(exchange);
  one.send(envelope("n1", "n2", 1));
  await until("the first one is reached", () => other.envelopes.length === 1);
  two.close();
  one.send(envelope("n1", "n2", 2));
  await sleep(SILENCE_MS);
  const reborn = new Inbox();
  const again = await exchange.join("n2", reborn.deliver);
  one.send(envelope("n1", "n2", 3));
  again.send(envelope("n2", "n1", 4, undefined, 2));
  await until("both are reached", () => reborn.seqs("n1").includes(3) && inbox.seqs("n2").includes(4));
  t.same(reborn.seqs("n1"), [3], "what was lost stays lost");
  t.same(other.seqs("n1"), [1], "and the old one hears nothing");
  t.equal(inbox.envelopes[0]?.epoch, 2);
}

async function closed(t: Test, exchange: Exchange): Promise<void> {
  const { one, inbox, two, other } = await pair(exchange);
  one.close();
  one.close();
  one.send(envelope("n1", "n2", 1));
  two.send(envelope("n2", "n1", 1));
  await sleep(SILENCE_MS);
  t.same([...inbox.envelopes, ...other.envelopes], []);
}
