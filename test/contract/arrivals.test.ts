/** What waits for a thread that stands still is found by it in no order, and still taken in one that means something. */

import { setTimeout as sleep } from "node:timers/promises";
import { MessageChannel, type MessagePort } from "node:worker_threads";
import t, { type Test } from "tap";
import type { Message } from "../../actors/message.js";
import { until } from "../../cli/torture/polling.js";
import type { Host } from "../../runtime/hosts/host.js";
import { startThread } from "../../runtime/hosts/thread.js";
import { ready, specOf } from "./host.js";
import { intrude } from "./intrusion.js";

const THREAD = { name: "thread", start: startThread, sockets: false };
/** Longer than anybody is stuck here. */
const CALL_MS = 60_000;
/** Long enough for a message to arrive, and for the thread to begin with it. */
const WHILE_MS = 300;
const DECIDED: Message = { kind: "decide", txn: "first", attempt: 1, outcome: "committed", position: 1 };
const QUESTION: Message = { kind: "inquire", txn: "late", attempt: 1, role: "participant" };

/** One end of a link that this program has with the node, as that peer. */
class Peer {
  readonly #id: string;
  readonly #port: MessagePort;
  #seq = 0;

  constructor(id: string, port: MessagePort) {
    this.#id = id;
    this.#port = port;
  }

  say(body: Message): void {
    this.#seq += 1;
    this.#port.postMessage({ source: this.#id, target: "n1", epoch: 1, seq: this.#seq, bodies: [body] });
  }
}

async function join(t: Test, host: Host, id: string): Promise<Peer> {
  const { port1: near, port2: far } = new MessageChannel();
  t.teardown(() => near.close());
  await host.control.link(id, far);
  await tell(host, id, true);
  return new Peer(id, near);
}

function tell(host: Host, id: string, up: boolean): Promise<void> {
  return host.control.call((control) => control.peer(id, up, 1), CALL_MS);
}

function prepare(txn: string): Message {
  return {
    kind: "prepare",
    protocol: "2pc",
    txn,
    attempt: 1,
    participants: ["n1", "n2"],
    checks: [],
    deadlineMs: CALL_MS,
    operations: [{ op: "put", key: txn, value: "1" }],
  };
}

async function inDoubt(host: Host): Promise<string[]> {
  const report = await host.control.call((control) => control.inspect(), CALL_MS);
  return report.inDoubt.map(({ txn }) => txn);
}

// Whichever way the thread looks at first.
for (const order of [
  ["c1", "n2"],
  ["n2", "c1"],
]) {
  t.test(`linked to ${order.join(", then ")}`, async (t) => {
    const spec = { ...specOf(t, THREAD), replicas: ["n1", "n2"] };
    const { host } = await ready(t, THREAD, spec);
    const peers = new Map<string, Peer>();
    for (const id of order) peers.set(id, await join(t, host, id));
    const say = (id: string, body: Message) => peers.get(id)?.say(body);
    say("c1", prepare("first"));
    await until("it has promised", async () => (await inDoubt(host)).includes("first"));
    const letGo = await intrude(t, spec);
    say("c1", prepare("stuck"));
    await sleep(WHILE_MS);
    say("c1", prepare("late"));
    say("c1", DECIDED);
    await sleep(WHILE_MS);
    say("n2", QUESTION);
    const told = tell(host, "c1", false);
    await sleep(WHILE_MS);
    letGo();
    await told;
    const doubts = await inDoubt(host);
    t.notOk(doubts.includes("first"), "what it was told last is heard before the word that who told it is down");
    t.ok(doubts.includes("late"), "who has voted is not taken for one that has not");
  });
}
