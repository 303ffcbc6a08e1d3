/** Watching over HTTP: server-sent events whose ids are positions, and from the shell. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import t from "tap";
import { HttpSession } from "./http-session.js";

const MAIN = new URL("../../cli/main.js", import.meta.url).pathname;

/** The events of a stream until there are so many: their ids and their data. */
async function take(url: string, count: number, headers: Record<string, string> = {}) {
  const controller = new AbortController();
  const { status, headers: answered, body } = await fetch(url, { headers, signal: controller.signal });
  let text = "";
  const found = () => [...text.matchAll(/^(?:event: (.*)\n)?data: (.*)\n(?:id: (.*)\n)?\n/gm)];
  for await (const chunk of body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk;
    if (found().length >= count) break;
  }
  controller.abort();
  const events = found().map(([, event, data = "", id]) => ({ event, id, ...JSON.parse(data) }));
  return { status, type: answered.get("content-type"), events };
}

t.test("events carry what was written, and their ids lead on", async (t) => {
  const http = await HttpSession.start();
  const url = `${http.serving.url}/v1/watch?prefix=a/`;
  await http.cluster.put("a/1", { n: 1 });
  await http.cluster.put("b/1", 2);
  await http.cluster.put("a/2", new Uint8Array([1, 2, 3]));
  await http.cluster.del("a/1");
  const { status, type, events } = await take(`${url}&since=begin`, 3);
  t.equal(status, 200);
  t.match(type, /^text\/event-stream/);
  t.match(events, [
    { changes: [{ key: "a/1", value: { n: 1 } }] },
    { changes: [{ key: "a/2", bytes: "AQID" }] },
    { changes: [{ key: "a/1", deleted: true }] },
  ]);
  t.ok(events.every(({ id, position }) => id === position && typeof id === "string"));
  const rest = await take(`${url}&since=begin`, 2, { "last-event-id": events[0]?.id });
  t.same(rest.events, events.slice(1), "a browser that reconnects goes on");

  t.match(await http.send("/v1/watch?since=x.1"), { status: 400, body: { error: { code: "invalid" } } });
  t.match(await http.send("/v1/watch?until=x"), { status: 400, body: { error: { code: "invalid" } } });
  t.match(await http.send("/v1/watch?replica=n9"), { status: 404, body: { error: { code: "no-such-node" } } });
  const { body: api } = await http.send("/v1/openapi.json");
  t.match(api.paths, { "/v1/watch": { get: { operationId: "watch" } } });

  const shell = spawn(process.execPath, [MAIN, "watch", "a/", "--since", "begin", "--json", "--url", http.serving.url]);
  let lines: object[] = [];
  shell.stdout.setEncoding("utf8");
  let text = "";
  for await (const chunk of shell.stdout) {
    text += chunk;
    // What follows the last line end may be half a line.
    lines = text
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line));
    if (lines.length === 3) break;
  }
  t.same(
    lines,
    events.map(({ id: _, event: __, ...event }) => event),
    "the shell shows the same",
  );
  shell.kill("SIGINT");
  const [code] = await once(shell, "exit");
  t.equal(code, 0, "and ends when it is told to");
});
