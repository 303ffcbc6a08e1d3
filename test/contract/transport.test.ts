/** The contract of transports, between threads and between processes. */

import { readdirSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { platform } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { MessageChannel } from "node:worker_threads";
import { crc32 } from "node:zlib";
import t, { type Test } from "tap";
import { until } from "../../cli/torture/polling.js";
import { encodeFrame, FRAME_LIMIT_BYTES, HEADER_BYTES } from "../../runtime/transport/frames.js";
import { PortTransport } from "../../runtime/transport/port.js";
import { SocketTransport } from "../../runtime/transport/socket.js";
import { temporaryFolder } from "../storage/folder.js";
import { envelope, Inbox } from "./links.js";
import { type Exchange, transportContract } from "./transport.js";

const CLUSTER = "abc";
/** A link that is open after this stays open. */
const OPEN_MS = 10_000;

/** Links are made as the supervisor makes them: a new channel to everybody when an address joins. */
function ports(t: Test): Exchange {
  const joined = new Map<string, PortTransport>();
  t.teardown(() => {
    for (const transport of joined.values()) transport.close();
  });
  return {
    join: async (address, deliver) => {
      const transport = new PortTransport(deliver);
      for (const [other, peer] of joined) {
        if (other === address) continue;
        const { port1, port2 } = new MessageChannel();
        peer.link(address, port1);
        transport.link(other, port2);
      }
      joined.set(address, transport);
      return transport;
    },
  };
}

function sockets(t: Test, folder = temporaryFolder(t)): Exchange {
  return {
    join: async (self, deliver) => {
      const transport = new SocketTransport({ folder, cluster: CLUSTER, self }, deliver);
      await transport.listen();
      t.teardown(() => transport.close());
      return transport;
    },
  };
}

transportContract(t, "ports", ports);
transportContract(t, "sockets", (t) => sockets(t));

const onUnix = platform() === "win32" ? { skip: "named pipes have no path" } : {};

t.test("sockets: a link that says anything else is closed, and nothing is delivered", onUnix, async (t) => {
  const folder = temporaryFolder(t);
  const inbox = new Inbox();
  await sockets(t, folder).join("n1", inbox.deliver);
  const hello = encodeFrame({ cluster: CLUSTER });
  const good = encodeFrame(envelope("x", "n1", 1));
  const damaged = Buffer.from(good);
  damaged.writeUInt8(damaged.readUInt8(damaged.length - 1) ^ 1, damaged.length - 1);
  const tooLong = Buffer.alloc(HEADER_BYTES);
  tooLong.writeUInt32LE(FRAME_LIMIT_BYTES + 1, 0);
  tooLong.writeUInt32LE(~(FRAME_LIMIT_BYTES + 1) >>> 0, 8);
  const lies: Record<string, Buffer[]> = {
    "another cluster": [encodeFrame({ cluster: "xyz" }), good],
    "no greeting": [good],
    "a greeting that is nothing": [encodeFrame(null), good],
    noise: [Buffer.from("GET / HTTP/1.1\r\nhost: localhost\r\n\r\n")],
    "a frame that is too long": [hello, tooLong],
    "a damaged frame": [hello, damaged, good],
    "no msgpack": [hello, frameOf(Buffer.from([0xc1]))],
    "half a msgpack value": [hello, frameOf(Buffer.from([0x92, 0x01]))],
    "an empty frame": [hello, frameOf(Buffer.alloc(0))],
    "another target": [hello, encodeFrame(envelope("x", "n2", 1)), good],
    "no envelope": [hello, encodeFrame({ source: "x" }), good],
    "bodies without a kind": [hello, encodeFrame({ ...envelope("x", "n1", 1), bodies: [1, null] }), good],
    "an epoch that is text": [hello, encodeFrame({ ...envelope("x", "n1", 1), epoch: "9" }), good],
  };
  for (const [lie, frames] of Object.entries(lies)) {
    const socket = await dial(join(folder, "n1"));
    for (const frame of frames) socket.write(frame);
    await until(`the link with ${lie} is closed`, () => socket.destroyed || socket.readableEnded);
    socket.destroy();
    t.same(inbox.envelopes.splice(0), [], lie);
  }
  const honest = await dial(join(folder, "n1"));
  honest.write(Buffer.concat([hello, good]));
  await until("an honest link is served after all that", () => inbox.envelopes.length === 1);
  honest.destroy();
});

t.test("sockets: one damaged bit of a header ends the link, though nothing follows", onUnix, async (t) => {
  const folder = temporaryFolder(t);
  const inbox = new Inbox();
  await sockets(t, folder).join("n1", inbox.deliver);
  const hello = encodeFrame({ cluster: CLUSTER });
  const good = encodeFrame(envelope("x", "n1", 1));
  const open: number[] = [];
  for (let bit = 0; bit < HEADER_BYTES * 8; bit += 1) {
    const damaged = Buffer.from(good);
    damaged.writeUInt8(damaged.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
    const socket = await dial(join(folder, "n1"));
    socket.write(Buffer.concat([hello, damaged]));
    const ended = () => socket.destroyed || socket.readableEnded;
    await until("the link is closed", ended, OPEN_MS).catch(() => open.push(bit));
    socket.destroy();
  }
  t.same(open, [], "a link that stays open would swallow all that comes after");
  t.same(inbox.envelopes, []);
});

t.test("sockets: frames cut anywhere, and many in one chunk, are put together", onUnix, async (t) => {
  const folder = temporaryFolder(t);
  const inbox = new Inbox();
  await sockets(t, folder).join("n1", inbox.deliver);
  const stream = Buffer.concat([
    encodeFrame({ cluster: CLUSTER }),
    ...[1, 2, 3].map((seq) => encodeFrame(envelope("x", "n1", seq))),
  ]);
  const socket = await dial(join(folder, "n1"));
  socket.setNoDelay(true);
  for (const byte of stream) {
    socket.write(Uint8Array.of(byte));
    if (byte % 16 === 0) await sleep(0);
  }
  await until("all have arrived", () => inbox.envelopes.length === 3);
  t.same(inbox.seqs("x"), [1, 2, 3]);
  socket.write(encodeFrame(envelope("x", "n1", 4)).subarray(0, 20));
  socket.end();
  await sleep(50);
  t.same(inbox.seqs("x"), [1, 2, 3], "half a frame is nothing");
});

t.test("sockets: a peer that does not read costs bounded memory", onUnix, async (t) => {
  const folder = temporaryFolder(t);
  const accepted: Socket[] = [];
  const deaf = createServer((socket) => accepted.push(socket.pause()));
  await new Promise<void>((resolve) => deaf.listen(join(folder, "deaf"), resolve));
  t.teardown(() => {
    for (const socket of accepted) socket.destroy();
    deaf.close();
  });
  const sender = await sockets(t, folder).join("n1", () => undefined);
  const value = "x".repeat(1024 * 1024);
  const before = process.memoryUsage().rss;
  for (let seq = 0; seq < 200; seq += 1) {
    sender.send(envelope("n1", "deaf", seq, [{ kind: "ack", txn: value }]));
    if (seq % 20 === 0) await sleep(1);
  }
  t.ok(process.memoryUsage().rss - before < 160 * 1024 * 1024, "what is beyond the limit is lost");
});

t.test("sockets: a folder of sockets of a program that was killed is taken over", onUnix, async (t) => {
  const folder = temporaryFolder(t);
  const first = new SocketTransport({ folder, cluster: CLUSTER, self: "n1" }, () => undefined);
  await first.listen();
  const inbox = new Inbox();
  await sockets(t, folder).join("n1", inbox.deliver);
  const sender = await sockets(t, folder).join("n2", () => undefined);
  sender.send(envelope("n2", "n1", 1));
  await until("the newer one is reached", () => inbox.envelopes.length === 1);
  first.close();
  t.same(readdirSync(folder).includes("n2"), true);
});

function frameOf(body: Buffer): Buffer {
  const whole = encodeFrame(null);
  const frame = Buffer.concat([whole.subarray(0, HEADER_BYTES), body]);
  frame.writeUInt32LE(body.length, 0);
  frame.writeUInt32LE(crc32(body), 4);
  frame.writeUInt32LE(~body.length >>> 0, 8);
  return frame;
}

function dial(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path, () => resolve(socket));
    socket.on("error", reject);
    socket.resume();
  });
}
