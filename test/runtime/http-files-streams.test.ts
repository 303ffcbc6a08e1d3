/** Bodies of files over real sockets: cut off, silent, slow, too many, damaged. Nothing stays, and no part passes for the whole. */

import { randomBytes } from "node:crypto";
import { closeSync, existsSync, openSync, readdirSync, readlinkSync, writeSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import t, { type Test } from "tap";
import { serve } from "../../runtime/gateway/server.js";
import { HttpSession } from "./http-session.js";

const MIB = 1024 * 1024;
const http = await HttpSession.start();
const hurried = await serve(http.cluster, { port: 0, chaos: false, patienceMs: 400 });
t.teardown(() => hurried.close());
const { data } = await http.cluster.status();
const nodes = readdirSync(join(data, "nodes")).map((node) => join(data, "nodes", node));

function open(head: string, port = http.serving.port): Socket {
  const socket = connect(port, "127.0.0.1").on("error", () => undefined);
  socket.write(`${head}\r\nHost: localhost\r\n`);
  return socket;
}

/** All that comes until the connection ends. */
async function all(socket: Socket): Promise<string> {
  let text = "";
  for await (const chunk of socket) text += chunk;
  return text;
}

/** What comes first. */
function first(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    socket.once("data", (chunk) => resolve(chunk.toString()));
    socket.once("close", () => reject(new Error("closed before an answer")));
  });
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await pause(20);
}

function staged(): string[] {
  const folders = nodes.map((node) => join(node, "staged"));
  return folders.filter((folder) => existsSync(folder)).flatMap((folder) => readdirSync(folder));
}

async function isAbsent(t: Test, path: string): Promise<void> {
  t.match(await http.send(`/v1/files/${path}`), { status: 404 }, "there is no such file");
}

t.test("an upload whose client vanishes leaves nothing", async (t) => {
  for (const length of [`Content-Length: ${8 * MIB}`, "Transfer-Encoding: chunked"]) {
    const socket = open("PUT /v1/files/cut HTTP/1.1");
    const piece = randomBytes(3 * MIB);
    socket.write(`${length}\r\n\r\n`);
    if (length.startsWith("T")) socket.write(`${piece.length.toString(16)}\r\n`);
    socket.write(piece);
    await until(() => staged().length === 3);
    socket.destroy();
    await until(() => staged().length === 0);
    await isAbsent(t, "cut");
  }
});

t.test("a client that falls silent, or sends too little, is given up", async (t) => {
  const head = ["PUT /v1/files/silent HTTP/1.1", hurried.port] as const;
  const silent = open(...head);
  silent.write(`Content-Length: ${MIB}\r\n\r\nabc`);
  t.match(await all(silent), /^HTTP\/1\.1 408 [\s\S]*connection: close[\s\S]*too slowly/);
  const slow = open(...head);
  slow.write(`Content-Length: ${MIB}\r\n\r\n`);
  const drip = setInterval(() => slow.write("x".repeat(100)), 20);
  t.match(await all(slow), /^HTTP\/1\.1 408 /);
  clearInterval(drip);
  await until(() => staged().length === 0);
  await isAbsent(t, "silent");
});

t.test("a slow upload is waited for as long as it goes on", async (t) => {
  const patient = await serve(http.cluster, { port: 0, chaos: false, patienceMs: 2000 });
  const socket = open("PUT /v1/files/slow HTTP/1.1", patient.port);
  socket.write(`Content-Length: ${8 * 65_536}\r\nConnection: close\r\n\r\n`);
  for (let sent = 0; sent < 8; sent += 1) {
    socket.write(Buffer.alloc(65_536));
    await pause(300);
  }
  t.match(await all(socket), /^HTTP\/1\.1 200 /, "although it took longer than a silence may");
  await patient.close();
});

t.test("so many uploads at once and no more", async (t) => {
  const head = `Content-Length: ${MIB}\r\nExpect: 100-continue\r\n\r\n`;
  const sockets = await Promise.all(
    Array.from({ length: 128 }, async (_, index) => {
      const socket = open(`PUT /v1/files/many/${index} HTTP/1.1`);
      socket.write(head);
      t.match(await first(socket), /^HTTP\/1\.1 100 /);
      return socket;
    }),
  );
  const put = () => http.send("/v1/files/many/more", { method: "PUT", body: "x" });
  await http.refused(t, await put(), 503, /128 uploads are under way/);
  for (const socket of sockets) socket.destroy();
  await until(async () => (await put()).status === 200);
  t.same((await http.cluster.files.list({ prefix: "many/" })).files.length, 1);
});

t.test("a precondition holds when the file is committed, not only when it was asked for", async (t) => {
  t.match(await http.send("/v1/files/held", { method: "PUT", body: "one" }), { status: 200 });
  const { digest } = await http.cluster.files.stat("held");
  for (const condition of [`If-Match: "${digest}"`, 'If-None-Match: "other"']) {
    const socket = open("PUT /v1/files/held HTTP/1.1");
    socket.write(`${condition}\r\nContent-Length: 3\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n`);
    t.match(await first(socket), /^HTTP\/1\.1 100 /, "it holds at first");
    t.match(await http.send("/v1/files/held", { method: "PUT", body: "one" }), { status: 200 });
    socket.write("two");
    t.match(await all(socket), /^HTTP\/1\.1 412 [\s\S]*the file changed/);
  }
  t.equal(await (await http.cluster.files.read("held")).text(), "one");
});

const onLinux = { skip: !existsSync("/proc/self/fd") && "only Linux tells which files a process has open" };

t.test("a reader that goes away, or takes nothing, keeps no file open", onLinux, async (t) => {
  const body = randomBytes(24 * MIB);
  t.match(await http.send("/v1/files/read", { method: "PUT", body }), { status: 200 });
  const { digest } = await http.cluster.files.stat("read");
  for (const port of [http.serving.port, hurried.port]) {
    const socket = open("GET /v1/files/read HTTP/1.1", port);
    socket.write("\r\n");
    t.match(await first(socket), /^HTTP\/1\.1 200 /);
    socket.pause();
    await until(() => descriptors(digest) > 0);
    if (port === http.serving.port) socket.destroy();
    await until(() => descriptors(digest) === 0);
    socket.destroy();
  }
});

t.test("what is damaged everywhere is never answered as if it were whole", async (t) => {
  const body = randomBytes(3 * MIB);
  t.match(await http.send("/v1/files/damaged", { method: "PUT", body }), { status: 200 });
  const { digest } = await http.cluster.files.stat("damaged");
  const damage = (position: number) => {
    for (const node of nodes.filter((folder) => existsSync(join(folder, "contents", digest)))) {
      const file = openSync(join(node, "contents", digest), "r+");
      writeSync(file, Buffer.from([~(body[position] ?? 0) & 255]), 0, 1, position);
      closeSync(file);
    }
  };
  damage(2 * MIB);
  await t.rejects(http.raw("/v1/files/damaged"), { code: "ECONNRESET" }, "cut off after two of three chunks");
  const whole = await http.raw("/v1/files/damaged", { headers: { range: `bytes=0-${2 * MIB - 1}` } });
  t.ok(whole.bytes.equals(body.subarray(0, 2 * MIB)), "what is whole is answered");
  damage(0);
  await http.refused(t, await http.send("/v1/files/damaged"), 503, /no replica has this file whole/);
});

function descriptors(digest: string): number {
  const links = readdirSync("/proc/self/fd").map((name) => {
    try {
      return readlinkSync(join("/proc/self/fd", name));
    } catch {
      return "";
    }
  });
  return links.filter((link) => link.endsWith(digest)).length;
}
