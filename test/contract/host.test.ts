/** The contract of hosts, for threads and for processes; and nodes that are stuck. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import t, { type Test } from "tap";
import { until } from "../../cli/torture/polling.js";
import type { NodeSpec } from "../../runtime/hosts/host.js";
import { startProcess } from "../../runtime/hosts/process.js";
import { startThread } from "../../runtime/hosts/thread.js";
import { temporaryFolder } from "../storage/folder.js";
import { type HostKind, hostContract, isGone, ready, specOf, startWard, type Ward } from "./host.js";
import { intrude } from "./intrusion.js";

const THREAD: HostKind = { name: "thread", start: startThread, sockets: false };
const PROCESS: HostKind = { name: "process", start: startProcess, sockets: true };
const CLIENT = new URL("../../runtime/client.js", import.meta.url).href;
/** Long enough for a node to get to its store, where the system does not tell. */
const START_MS = 2000;
/** Long enough for a node that is not stuck to end. */
const WHILE_MS = 500;

hostContract(t, THREAD);
hostContract(t, PROCESS);

/** How often a process has files of this folder in its memory. */
function mappings(pid: number | undefined, folder: string): number {
  return readFileSync(`/proc/${pid}/maps`, "utf8").split(folder).length - 1;
}

/** Starts a node and resolves when it has opened its store and had the time to commit there. */
async function startedUpToItsStore(t: Test, kind: HostKind, spec: NodeSpec): Promise<Ward> {
  const isTold = existsSync("/proc/self/maps");
  const before = isTold && kind === THREAD ? mappings(process.pid, spec.folder) : 0;
  const ward = startWard(t, kind, spec);
  const { pid } = ward.host;
  if (isTold) await until("it has opened its store", () => mappings(pid, spec.folder) > before);
  await sleep(isTold ? WHILE_MS : START_MS);
  return ward;
}

t.test("a thread that is stuck in its store is ended as soon as it is out of it, and not before", async (t) => {
  const spec = specOf(t, THREAD);
  const first = await ready(t, THREAD, spec);
  first.host.kill();
  await until("it is gone", () => first.exits.length > 0);
  const letGo = await intrude(t, spec);
  // As if it were being made: otherwise another process would look at the store first.
  const stuck = await startedUpToItsStore(t, THREAD, { ...spec, create: true });
  t.same([stuck.epochs, stuck.exits], [[], []], "it hangs at its first commit");
  stuck.host.kill();
  await sleep(WHILE_MS);
  t.same(stuck.exits, [], "no thread is torn out of a write");
  letGo();
  await until("it is gone", () => stuck.exits.length > 0);
  t.equal(stuck.exits.length, 1);
  const next = await ready(t, THREAD, { ...spec, create: false });
  t.ok(next.epochs[0], "the store is whole");
});

t.test("a process that is stuck in its store is ended at once", async (t) => {
  const spec = specOf(t, PROCESS);
  const first = await ready(t, PROCESS, spec);
  first.host.kill();
  await until("it is gone", () => first.exits.length > 0);
  await intrude(t, spec);
  const stuck = await startedUpToItsStore(t, PROCESS, { ...spec, create: false });
  t.same(stuck.exits, []);
  stuck.host.kill();
  await until("it is gone while the store is still held", () => stuck.exits.length > 0);
  t.ok(isGone(stuck.host));
});

t.test("a thread that is ended in the middle of reading its store does not take the program with it", async (t) => {
  const spec = specOf(t, THREAD);
  for (let round = 0; round < 10; round += 1) {
    const { host, exits } = await ready(t, THREAD, spec);
    const calls = Array.from({ length: 400 }, () => host.control.call((control) => control.inspect()));
    setTimeout(() => host.kill(), round % 5);
    await Promise.allSettled(calls);
    await until("it is gone", () => exits.length > 0);
  }
  t.pass("still here");
});

t.test("a process that the system does not make is reported as an exit", async (t) => {
  const { execPath } = process;
  t.teardown(() => {
    process.execPath = execPath;
  });
  process.execPath = "/nowhere/node";
  const { exits, epochs, host } = startWard(t, PROCESS, specOf(t, PROCESS));
  process.execPath = execPath;
  await until("it is reported", () => exits.length > 0);
  t.match(exits, [{ reason: /ENOENT/ }]);
  t.same(epochs, []);
  t.equal(exits.length, 1);
  await t.rejects(
    host.control.call((control) => control.inspect()),
    { code: "unavailable" },
  );
});

t.test("a program that closes its cluster ends by itself and leaves nothing", async (t) => {
  for (const hosts of ["threads", "processes"]) {
    const folder = temporaryFolder(t);
    const program = `const { open } = await import(${JSON.stringify(CLIENT)});
      const cluster = await open({ temporary: true, hosts: "${hosts}" });
      await cluster.put("a", 1);
      const { nodes } = await cluster.status();
      await cluster.close();
      console.log(JSON.stringify(nodes.map(({ pid }) => pid)));`;
    const { NODE_OPTIONS: _, ...env } = process.env;
    const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
      env: { ...env, TMPDIR: folder },
      stdio: ["ignore", "pipe", "inherit"],
    });
    t.teardown(() => child.kill("SIGKILL"));
    const ended = once(child, "exit");
    const [chunk] = (await once(child.stdout, "data")) as [Buffer];
    t.same(await ended, [0, null], `${hosts}: it ends with code 0`);
    const pids = JSON.parse(chunk.toString()) as number[];
    t.equal(pids.length, 4);
    t.same(
      pids.filter((pid) => !isGone({ kind: "process", pid })),
      [],
      "no process is left",
    );
    t.same(readdirSync(folder), [], "no folder or socket is left");
  }
});
