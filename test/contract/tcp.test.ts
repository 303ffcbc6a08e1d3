/** The contract of transports over TCP, and what it promises as a failure detector. */

import { type ChildProcess, spawn } from "node:child_process";
import { connect, createServer, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import t, { type Test } from "tap";
import type { Envelope } from "../../actors/message.js";
import { until } from "../../cli/torture/polling.js";
import { encodeFrame } from "../../runtime/transport/frames.js";
import { TcpTransport, type Word } from "../../runtime/transport/tcp.js";
import { envelope, Inbox } from "./links.js";
import { freePorts } from "./ports.js";
import { type Exchange, transportContract } from "./transport.js";

const CLUSTER = "abc";
const ADDRESSES = ["n1", "n2", "target", "a", "b", "c", "d", "nobody"];
const DYING_PEER = fileURLToPath(new URL("./dying-peer.js", import.meta.url));

/** One process that is linked, and what it heard: words, and envelopes by their number. */
type Joined = { transport: TcpTransport; epoch: number; up: Set<string> };

async function exchange(t: Test, order: "ascending" | "descending"): Promise<Exchange> {
  const free = await freePorts(ADDRESSES.length);
  if (order === "descending") free.reverse();
  const ports = new Map(ADDRESSES.map((address, index) => [address, free[index] ?? 0]));
  const joined = new Map<string, Joined>();
  t.teardown(() => {
    for (const { transport } of joined.values()) transport.close();
  });
  return {
    join: async (self, deliver) => {
      const up = new Set<string>();
      const epoch = (joined.get(self)?.epoch ?? 0) + 1;
      const hear = (word: Word) => (word.up ? up.add(word.peer) : up.delete(word.peer));
      const transport = new TcpTransport({ cluster: CLUSTER, self, epoch, ports }, deliver, hear);
      await transport.listen();
      joined.set(self, { transport, epoch, up });
      await transport.settled();
      const linked = () =>
        [...joined].every(([one, { up }]) => [...joined.keys()].every((other) => one === other || up.has(other)));
      await until(`everybody knows of ${self}`, linked);
      return transport;
    },
  };
}

/** The contract wants its exchange at once; the ports are found before. */
for (const order of ["ascending", "descending"] as const) {
  transportContract(t, `tcp, ports ${order}`, (t) => {
    const made = exchange(t, order);
    return { join: async (address, deliver) => (await made).join(address, deliver) };
  });
}

/** A transport whose words and envelopes are noted in one list. */
async function listener(t: Test, ports: ReadonlyMap<string, number>, self = "test"): Promise<[TcpTransport, string[]]> {
  const heard: string[] = [];
  const transport = new TcpTransport(
    { cluster: CLUSTER, self, epoch: 1, ports },
    ({ source, epoch, seq }: Envelope) => heard.push(`${source} ${epoch} says ${seq}`),
    ({ peer, epoch, up }) => heard.push(`${peer} ${epoch} ${up ? "up" : "down"}`),
  );
  await transport.listen();
  t.teardown(() => transport.close());
  return [transport, heard];
}

for (const [name, places] of [
  ["that dials", ["test", "peer"]],
  ["that is dialled", ["peer", "test"]],
] as const) {
  t.test(
    `what a killed peer had sent arrives in order, then the death, then the next life, at one ${name}`,
    async (t) => {
      const free = await freePorts(2);
      const ports = new Map(places.map((address, index) => [address, free[index] ?? 0]));
      const [transport, heard] = await listener(t, ports);
      const wanted: string[] = [];
      const arrived = (epoch: number) => heard.filter((word) => word.startsWith(`peer ${epoch} says`)).length;
      for (let epoch = 1; epoch <= 5; epoch += 1) {
        const args = [DYING_PEER, "peer", String(epoch), JSON.stringify([...ports]), "200"];
        const child: ChildProcess = spawn(process.execPath, args, { stdio: "inherit", env: {} });
        await until("it is up", () => heard.at(-1) === `peer ${epoch} up`);
        // It dies at the first of these, with the rest unread: the kernel then resets the connection.
        for (let seq = 1; seq <= 50; seq += 1) transport.send(envelope("test", "peer", seq));
        await until("its death is heard", () => heard.at(-1) === `peer ${epoch} down`);
        t.equal(child.exitCode, null);
        wanted.push(`peer ${epoch} up`);
        // A reset may cost the last of them; nothing is missing before one that arrived.
        for (let seq = 1; seq <= arrived(epoch); seq += 1) wanted.push(`peer ${epoch} says ${seq}`);
        wanted.push(`peer ${epoch} down`);
      }
      t.same(heard, wanted);
    },
  );
}

t.test("who is alone gets to know it, and of two that start together at least one knows of the other", async (t) => {
  const free = await freePorts(9);
  const ports = new Map(free.map((port, index) => [String(index), port]));
  const alone = await listener(t, ports, "4");
  await alone[0].settled();
  t.same(alone[1], []);
  const both = await Promise.all(
    ["2", "7"].map(async (self) => {
      const [transport, heard] = await listener(t, ports, self);
      await transport.settled();
      return { self, heard: [...heard] };
    }),
  );
  for (const { heard } of both) t.ok(heard.includes("4 1 up"), "both know who was there before");
  t.ok(
    both.some(({ self, heard }) => heard.includes(`${self === "2" ? "7" : "2"} 1 up`)),
    "one knows of the other",
  );
  await until("later all know of all", () => alone[1].length === 2);
});

t.test("a port that is taken is said so", async (t) => {
  const [port = 0] = await freePorts(1);
  const taken = createServer().listen(port, "127.0.0.1");
  t.teardown(() => taken.close());
  await until("it is taken", () => taken.listening);
  const transport = new TcpTransport(
    { cluster: CLUSTER, self: "n1", epoch: 1, ports: new Map([["n1", port]]) },
    () => undefined,
    () => undefined,
  );
  await t.rejects(transport.listen(), { code: "EADDRINUSE" });
});

t.test("a link that says anything else is closed, and nothing is heard", async (t) => {
  const free = await freePorts(2);
  const ports = new Map(["peer", "n1"].map((address, index) => [address, free[index] ?? 0]));
  const [, heard] = await listener(t, ports, "n1");
  const hello = (said: object) => encodeFrame({ cluster: CLUSTER, source: "peer", epoch: 3, ...said });
  const lies: Record<string, Buffer[]> = {
    "another cluster": [hello({ cluster: "xyz" })],
    "somebody unknown": [hello({ source: "x" })],
    "the address itself": [hello({ source: "n1" })],
    "no epoch": [hello({ epoch: undefined })],
    "an epoch between two": [hello({ epoch: 1.5 })],
    "no greeting": [encodeFrame(envelope("peer", "n1", 1))],
    "nothing at all": [encodeFrame(null)],
    noise: [Buffer.from("add a b\nget a, and no frame at all\n")],
  };
  for (const [lie, frames] of Object.entries(lies)) {
    const socket = await dial(ports.get("n1") ?? 0);
    for (const frame of frames) socket.write(frame);
    await until(`the link with ${lie} is closed`, () => socket.destroyed || socket.readableEnded);
    socket.destroy();
    t.same(heard, [], lie);
  }
  const later: Record<string, Buffer> = {
    "no envelope": encodeFrame({ ...envelope("peer", "n1", 1), bodies: [1] }),
    "another source": encodeFrame(envelope("x", "n1", 1, undefined, 3)),
    "another target": encodeFrame(envelope("peer", "x", 1, undefined, 3)),
    "a second hello": hello({}),
  };
  let epoch = 3;
  for (const [lie, frame] of Object.entries(later)) {
    const socket = await dial(ports.get("n1") ?? 0);
    socket.write(hello({ epoch }));
    socket.write(encodeFrame(envelope("peer", "n1", 7, undefined, epoch)));
    await until("it is heard", () => heard.length === 2);
    socket.write(frame);
    await until("it is cut off", () => heard.length === 3);
    t.same(heard.splice(0), [`peer ${epoch} up`, `peer ${epoch} says 7`, `peer ${epoch} down`], lie);
    const again = await dial(ports.get("n1") ?? 0);
    again.write(hello({ epoch }));
    await until("who was declared dead stays dead", () => again.destroyed || again.readableEnded);
    epoch += 1;
  }
  t.same(heard, []);
});

t.test("a new life waits until the old one is over", async (t) => {
  const free = await freePorts(2);
  const ports = new Map(["peer", "n1"].map((address, index) => [address, free[index] ?? 0]));
  const [, heard] = await listener(t, ports, "n1");
  const life = async (epoch: number) => {
    const socket = await dial(ports.get("n1") ?? 0);
    socket.write(encodeFrame({ cluster: CLUSTER, source: "peer", epoch }));
    return socket;
  };
  const old = await life(1);
  await until("it is up", () => heard.length === 1);
  const next = await life(2);
  await sleep(50);
  old.write(encodeFrame(envelope("peer", "n1", 1, undefined, 1)));
  await until("the old one is still heard", () => heard.length === 2);
  old.destroy();
  await until("then the next", () => heard.length === 4);
  next.write(encodeFrame(envelope("peer", "n1", 1, undefined, 2)));
  await until("and heard", () => heard.length === 5);
  t.same(heard, ["peer 1 up", "peer 1 says 1", "peer 1 down", "peer 2 up", "peer 2 says 1"]);
  next.destroy();
});

t.test("an inbox hears nothing of a transport that is closed", async (t) => {
  const free = await freePorts(2);
  const ports = new Map(["a", "b"].map((address, index) => [address, free[index] ?? 0]));
  const inbox = new Inbox();
  const words: Word[] = [];
  const one = new TcpTransport({ cluster: CLUSTER, self: "a", epoch: 1, ports }, inbox.deliver, (word) =>
    words.push(word),
  );
  await one.listen();
  const [two] = await listener(t, ports, "b");
  await until("it is linked", () => words.length === 1);
  one.close();
  two.send(envelope("b", "a", 1));
  await sleep(60);
  t.same([inbox.envelopes, words.length], [[], 1]);
});

function dial(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => resolve(socket));
    socket.on("error", reject);
    socket.resume();
  });
}
