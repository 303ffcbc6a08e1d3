/** Links that lead through the detour of the torture: as good as any while nothing is damaged, and damaged as told. */

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import t, { type Test } from "tap";
import { type Damage, Detour } from "../../cli/torture/detour.js";
import { until } from "../../cli/torture/polling.js";
import { SocketTransport } from "../../runtime/transport/socket.js";
import { envelope, Inbox } from "../contract/links.js";
import { type Exchange, transportContract } from "../contract/transport.js";
import { temporaryFolder } from "../storage/folder.js";

const ADDRESSES = ["n1", "n2", "target", "a", "b", "c", "d"];
const ONE_TO_TWO = [{ source: "n1", target: "n2" }];
const SILENCE_MS = 60;

function exchange(t: Test): Exchange & { detour: Detour } {
  const root = temporaryFolder(t);
  const folder = join(root, "sockets");
  const between = join(root, "detour");
  mkdirSync(folder);
  const detour = new Detour(between, folder, ADDRESSES);
  const listening = detour.listen();
  t.teardown(() => detour.close());
  return {
    detour,
    join: async (self, deliver) => {
      await listening;
      const transport = new SocketTransport({ folder, cluster: "abc", self, detour: between }, deliver);
      await transport.listen();
      t.teardown(() => transport.close());
      return transport;
    },
  };
}

async function pair(t: Test) {
  const { detour, join } = exchange(t);
  const [inbox, other] = [new Inbox(), new Inbox()];
  const one = await join("n1", inbox.deliver);
  const two = await join("n2", other.deliver);
  let seq = 0;
  const arrives = async () => {
    seq += 1;
    one.send(envelope("n1", "n2", seq));
    await sleep(5);
    return other.seqs("n1").includes(seq);
  };
  await until("the link works", arrives);
  return { detour, one, two, inbox, other, arrives };
}

transportContract(t, "sockets by a detour", exchange);

for (const damage of ["cut", "flip", "drop"] satisfies Damage[]) {
  t.test(
    `${damage}: what is lost is lost one way only, what arrives is whole, and the link is made again`,
    async (t) => {
      const { detour, one, two, inbox, other, arrives } = await pair(t);
      const before = other.envelopes.length;
      detour.set(ONE_TO_TWO, damage);
      const sent = 300;
      for (let number = 1; number <= sent; number += 1) {
        one.send(envelope("n1", "n2", 1000 + number));
        two.send(envelope("n2", "n1", number));
        // In many parts, each of which may be lost.
        if (number % 2 === 0) await sleep(1);
      }
      await until("the other way works", () => inbox.seqs("n2").length === sent);
      await sleep(SILENCE_MS);
      const arrived = other.seqs("n1").slice(before);
      t.ok(arrived.length < sent, `${sent - arrived.length} of ${sent} were lost`);
      if (damage === "cut") t.same(arrived, []);
      const expected = other.envelopes.slice(before).map(({ seq }) => envelope("n1", "n2", seq));
      t.same(other.envelopes.slice(before), expected, "whatever arrived is as it was sent");
      t.same(
        arrived,
        [...new Set(arrived)].sort((left, right) => left - right),
        "in order, and each once",
      );
      detour.set(ONE_TO_TWO, undefined);
      await until("the link works again", arrives);
    },
  );
}

t.test("delay: everything arrives, in order, but later", async (t) => {
  const { detour, one, other } = await pair(t);
  const before = other.envelopes.length;
  detour.set(ONE_TO_TWO, "delay");
  const wanted = Array.from({ length: 40 }, (_, index) => 1000 + index);
  const began = performance.now();
  for (const seq of wanted) {
    one.send(envelope("n1", "n2", seq));
    // Those after the first come in parts of their own.
    await new Promise((resolve) => setImmediate(resolve));
  }
  await until("all have arrived", () => other.envelopes.length - before === wanted.length);
  t.ok(performance.now() - began > 20, "by chance, none of them later than this");
  t.same(other.seqs("n1").slice(before), wanted);
});

t.test("what a sender said before it died may still arrive", async (t) => {
  const { detour, one, other } = await pair(t);
  detour.set(ONE_TO_TWO, "delay");
  one.send(envelope("n1", "n2", 5000));
  await sleep(5);
  one.close();
  await until("it arrives", () => other.seqs("n1").includes(5000));
  t.pass();
});
