/** A position that is too old, and a consumer that does not read: each way to watch says so, and what to do. */

import { execFile } from "node:child_process";
import { once } from "node:events";
import { connect as connectSocket } from "node:net";
import { promisify } from "node:util";
import t from "tap";
import { serve } from "../../runtime/gateway/server.js";
import { linked } from "./link-session.js";
import { aged, outlive, take } from "./watching.js";

const MAIN = new URL("../../cli/main.js", import.meta.url).pathname;
const REPLICAS = ["n1", "n2", "n3"];
/** More than connections hold. */
const BYTES = 400_000;
const COMMITS = 60;

t.test("embedded, over a connection, over HTTP and from the shell", async (t) => {
  const { cluster, position } = await aged(t);
  const serving = await serve(cluster, { port: 0, chaos: false });
  t.teardown(() => serving.close());
  for (const replica of REPLICAS) await outlive(cluster, position, replica);
  const link = await linked(t, serving.url);
  for (const place of [cluster, link]) {
    await t.rejects(take(place.watch({ since: position }), 1), { code: "watch-too-old", next: /read again/ });
  }
  const ask = (since: string) => fetch(`${serving.url}/v1/watch?since=${encodeURIComponent(since)}`);
  const answer = await ask(position);
  t.equal(answer.status, 410);
  t.match(await answer.json(), { error: { code: "watch-too-old", next: /read again/ } });
  const shell = (since: string) => {
    const words = [MAIN, "watch", "--since", since, "--url", serving.url];
    return promisify(execFile)(process.execPath, words).catch(({ code, stdout, stderr }) => ({ code, stdout, stderr }));
  };
  t.match(await shell(position), { code: 1, stdout: "", stderr: /^error: changes since .* not kept.*; read again/ });

  for (const bad of ["yesterday", "", " ", "0123456789abcdef.1", position.replace(/\d+$/, "-1"), "x".repeat(300)]) {
    await t.rejects(link.changes({ since: bad }), { code: "invalid" }, `a link: ${bad}`);
    await t.rejects(async () => take(link.watch({ since: bad }), 1), { code: "invalid" }, `a watch on a link: ${bad}`);
    t.equal((await ask(bad)).status, 400, `HTTP: ${bad}`);
  }
  t.match(await shell("0123456789abcdef.1"), { code: 2, stderr: /^error: .* of cluster 0123456789abcdef/ });
  const { position: there = "" } = await cluster.get("later/0");
  await cluster.put("last", 1);
  t.match(await take(link.watch({ since: there }), 1), [{ changes: [{ key: "last" }] }], "what it says to do works");
});

t.test("a consumer that does not read: little waits for it, and when it reads it is told", async (t) => {
  const { cluster } = await aged(t);
  const serving = await serve(cluster, { port: 0, chaos: false });
  t.teardown(() => serving.close());
  const { host, port } = new URL(serving.url);
  const socket = connectSocket(Number(port), "127.0.0.1").pause();
  await once(socket, "connect");
  socket.write(`GET /v1/watch HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
  await cluster.put("first", 1);
  const { position = "" } = await cluster.get("first");
  for (let commit = 0; commit < COMMITS; commit += 1) await cluster.put("large", "v".repeat(BYTES));
  for (const replica of REPLICAS) await outlive(cluster, position, replica);
  let read = 0;
  let end = "";
  for await (const chunk of socket) {
    read += chunk.length;
    end = (end + chunk).slice(-1000);
    if (end.includes("event: error")) break;
  }
  t.match(end, /event: error\ndata: .*"code":"watch-too-old".*read again/);
  t.ok(read < (COMMITS * BYTES) / 2, `${read} bytes had left for it`);
});
