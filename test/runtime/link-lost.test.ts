/** What a client knows when its connection is lost, late, refused or closed, and that it comes back by itself. */

import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import t from "tap";
import { open } from "../../runtime/client.js";
import { connectLink } from "../../runtime/gateway/link.js";
import { LINK_VERSION } from "../../runtime/gateway/link-wire.js";
import { serve } from "../../runtime/gateway/server.js";
import { encodeFrame } from "../../runtime/transport/frames.js";
import { hasNoticed, linked, passing, rawLink, startLinks, Wire } from "./link-session.js";

const { cluster, serving } = await startLinks();

t.test("a lost connection: writes are unknown and can be asked for, reads say so", async (t) => {
  const wire = await Wire.stretch(t, () => serving.port);
  const link = await linked(t, wire.url);
  wire.keepsAnswers = true;
  const writes = [link.put("lost", 1), link.del("lost too"), link.transact([{ op: "add", key: "n", delta: 1 }])];
  const read = t.rejects(link.get("lost"), { code: "gateway-lost", definite: false });
  while ((await cluster.get("lost")).value !== 1) await passing(5);
  wire.cut();
  await read;
  const results = await Promise.all(writes);
  for (const result of results) t.match(result, { outcome: "unknown", txn: String, why: { code: "gateway-lost" } });
  wire.keepsAnswers = false;
  t.match(await link.outcome(results[0]?.txn ?? ""), { outcome: "committed" }, "asked by its id, after it reconnected");
});

t.test("an answer that does not come: unknown after the deadline and some slack", async (t) => {
  const wire = await Wire.stretch(t, () => serving.port);
  const link = await linked(t, wire.url);
  wire.keepsAnswers = true;
  const read = t.rejects(link.get("slow", { deadlineMs: 50 }), { code: "timeout", definite: false });
  t.match(await link.put("slow", 1, { deadlineMs: 50, id: "slow" }), {
    outcome: "unknown",
    txn: "slow",
    why: { code: "timeout" },
  });
  await read;
  // On a slow machine its coordinator gave it up in the same 50 ms.
  t.match(
    await cluster.outcome("slow"),
    { outcome: /^(committed|aborted)$/ },
    "but it is decided, and can be asked for",
  );
});

t.test("calls made while there is no connection wait for the next one", async (t) => {
  let port = serving.port;
  const wire = await Wire.stretch(t, () => port);
  const link = await linked(t, wire.url);
  port = 1;
  wire.cut();
  await hasNoticed(link);
  await t.rejects(link.put("gone", 1, { deadlineMs: 100 }), { code: "no-cluster", definite: true });
  t.equal((await cluster.get("gone")).value, undefined);
  const patient = link.put("patient", 1);
  port = serving.port;
  t.match(await patient, { outcome: "committed" });
});

t.test("another cluster behind the same address is not taken for the one that was lost", async (t) => {
  const other = await open({ temporary: true, replicas: 1 });
  const otherServing = await serve(other, { port: 0, chaos: false });
  let port = serving.port;
  const wire = await Wire.stretch(t, () => port);
  const link = await linked(t, wire.url);
  port = otherServing.port;
  wire.cut();
  await hasNoticed(link, /now answers there/);
  await t.rejects(link.put("a", 1, { deadlineMs: 500 }), { code: "no-cluster", message: /now answers there/ });
  await otherServing.close();
  await other.close();
});

t.test("connecting fails with the address and the reason", async (t) => {
  const silent = createServer().listen(0, "127.0.0.1");
  const web = createHttpServer((_, response) => response.end("hello")).listen(0, "127.0.0.1");
  const newer = createHttpServer().on("upgrade", (_, socket: Socket) => {
    socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ayes\r\n\r\n");
    socket.write(encodeFrame({ ayes: LINK_VERSION + 1, cluster: "x" }));
  });
  newer.listen(0, "127.0.0.1");
  await Promise.all([silent, web, newer].map((server) => server.listening || once(server, "listening")));
  const urlOf = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await t.rejects(connectLink(urlOf(web)), { code: "no-cluster", message: /status 200/ });
  await t.rejects(connectLink(urlOf(newer)), { code: "other-version", message: `version ${LINK_VERSION + 1}` });
  const gone = urlOf(silent);
  silent.close();
  await t.rejects(connectLink(gone), { code: "no-cluster", message: new RegExp(`${gone}.*ECONNREFUSED`) });
  for (const url of ["https://127.0.0.1:7411", "127.0.0.1:7411", "ftp://a", "", "http://a/b", "http://u@a"]) {
    await t.rejects(connectLink(url), { code: "invalid", message: /http:\/\// }, url);
  }
  web.close();
  newer.close();
});

t.test("closing", async (t) => {
  const link = await linked(t, serving.url);
  const wire = await Wire.stretch(t, () => serving.port);
  const cutOff = await linked(t, wire.url);
  wire.keepsAnswers = true;
  const write = cutOff.put("close", 1);
  await passing(20);
  await cutOff.close();
  t.match(await write, { outcome: "unknown", why: { code: "gateway-lost" } });
  await t.rejects(cutOff.get("a"), { code: "closed" });
  await link.close();
  await link.close();
  await t.rejects(link.put("a", 1), { code: "closed" });

  const brief = await serve(cluster, { port: 0, chaos: false });
  const last = await linked(t, brief.url);
  const answers = Array.from({ length: 100 }, (_, index) => last.put(`last:${index}`, index));
  // They left in one frame: with the first answer all of them are under way.
  await Promise.race(answers);
  await brief.close();
  const outcomes = (await Promise.all(answers)).map(({ outcome }) => outcome);
  t.ok(
    outcomes.every((outcome) => outcome === "committed"),
    "what is under way is answered before the end",
  );
  await hasNoticed(last);
  await t.rejects(last.get("a", { deadlineMs: 100 }), { code: "no-cluster" });
});

t.test("a client that reads nothing does not keep a server from closing", async (t) => {
  await cluster.put("large", "x".repeat(1024 * 1024 - 2));
  const brief = await serve(cluster, { port: 0, chaos: false });
  const { socket, next } = await rawLink(t, brief.port);
  await next();
  socket.write(
    encodeFrame(Array.from({ length: 100 }, (_, id) => ({ id, method: "snapshot", args: [{ keys: ["large"] }] }))),
  );
  await passing(100);
  await brief.close();
  t.match(await cluster.put("large", 1, { deadlineMs: 60_000 }), { outcome: "committed" });
});
