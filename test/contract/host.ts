/** What every host promises its supervisor: a start, answers, one exit, and nothing left behind. */

import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Test } from "tap";
import { until } from "../../cli/torture/polling.js";
import { SETTINGS } from "../../runtime/config.js";
import type { Exit, Host, NodeSpec, StartHost } from "../../runtime/hosts/host.js";
import { temporaryFolder } from "../storage/folder.js";

/** A call is given up after this. */
const CALL_MS = 60_000;

/** A node under watch. */
export type Ward = { host: Host; epochs: number[]; exits: Exit[] };

export type HostKind = {
  name: string;
  start: StartHost;
  /** Whether the nodes of this host listen on sockets. */
  sockets: boolean;
};

export function specOf(t: Test, { sockets }: HostKind, folder = temporaryFolder(t)): NodeSpec {
  return {
    cluster: "abc",
    self: "n1",
    coordinators: ["c1"],
    replicas: ["n1"],
    folder: join(folder, "n1"),
    create: true,
    settings: SETTINGS,
    sockets: sockets ? temporaryFolder(t) : "",
  };
}

/** Starts a node, which ends with its test at the latest. */
export function startWard(t: Test, { start }: HostKind, spec: NodeSpec): Ward {
  const epochs: number[] = [];
  const exits: Exit[] = [];
  const host = start(spec, {
    ready: (epoch) => epochs.push(epoch),
    exit: (exit) => exits.push(exit),
    journal: () => undefined,
    recorded: () => undefined,
  });
  t.teardown(async () => {
    if (exits.length === 0) host.kill();
    await until("the node is gone", () => exits.length > 0);
  });
  return { host, epochs, exits };
}

export async function ready(t: Test, kind: HostKind, spec: NodeSpec): Promise<Ward> {
  const ward = startWard(t, kind, spec);
  await until("the node is ready", () => ward.epochs.length > 0);
  return ward;
}

export function hostContract(t: Test, kind: HostKind): void {
  const promise = (what: string, check: (t: Test, kind: HostKind) => Promise<void>) =>
    t.test(`${kind.name}: ${what}`, async (t) => check(t, kind));
  promise("a node gets ready, answers, and stops in order", lifetime);
  promise("each start is a new incarnation of the same store", incarnations);
  promise("a node that cannot start says why, once, and is never ready", cannotStart);
  promise("a kill is one exit, and every call under way is rejected", killed);
  promise("a node that crashes by itself is one exit too", crashed);
  promise("a call to a dead node is rejected at once", callToTheDead);
  promise("a kill before the node is ready ends it too", killedEarly);
}

async function lifetime(t: Test, kind: HostKind): Promise<void> {
  const { host, epochs, exits } = await ready(t, kind, specOf(t, kind));
  t.same(epochs, [1]);
  t.equal(host.kind, kind.name);
  t.type(host.pid, "number");
  t.equal(host.pid === process.pid, kind.name === "thread");
  const report = await host.control.call((control) => control.inspect());
  t.match(report, { details: { mailbox: 0, locks: 0, keys: 0 }, inDoubt: [] });
  t.same(await host.control.call((control) => control.log(10)), []);
  await host.control.call((control) => control.stop()).catch(() => undefined);
  await until("it is gone", () => exits.length > 0);
  await sleep(20);
  t.equal(exits.length, 1);
  t.equal(exits[0]?.code, undefined, "to stop is no failure");
  t.ok(isGone(host), "nothing of it is left");
}

async function incarnations(t: Test, kind: HostKind): Promise<void> {
  const spec = specOf(t, kind);
  for (const epoch of [1, 2, 3]) {
    const { host, epochs, exits } = await ready(t, kind, { ...spec, create: epoch === 1 });
    t.same(epochs, [epoch]);
    host.kill();
    await until("it is gone", () => exits.length > 0);
  }
}

async function cannotStart(t: Test, kind: HostKind): Promise<void> {
  const spec = specOf(t, kind);
  const { epochs, exits } = startWard(t, kind, { ...spec, create: false });
  await until("it gave up", () => exits.length > 0);
  await sleep(50);
  t.same(epochs, []);
  t.match(exits, [{ code: "no-store", reason: /holds no store of n1; put its folder back/ }]);
  t.equal(exits.length, 1);
}

async function killed(t: Test, kind: HostKind): Promise<void> {
  const { host, exits } = await ready(t, kind, specOf(t, kind));
  const calls = Array.from({ length: 200 }, () => host.control.call((control) => control.inspect(), CALL_MS));
  const settled = Promise.allSettled(calls);
  host.kill();
  host.kill();
  await until("it is gone", () => exits.length > 0);
  const results = await settled;
  const codes = results.map((result) =>
    result.status === "rejected" ? (result.reason as { code?: unknown }).code : "ok",
  );
  t.same(
    codes.filter((code) => code !== "ok" && code !== "unavailable"),
    [],
    "every call was answered or rejected with unavailable",
  );
  await sleep(50);
  t.equal(exits.length, 1, "one exit");
  t.ok(isGone(host));
}

async function crashed(t: Test, kind: HostKind): Promise<void> {
  const { host, exits } = await ready(t, kind, specOf(t, kind));
  await host.control.call((control) => control.crash(), 5000).catch(() => undefined);
  await until("it is gone", () => exits.length > 0);
  await sleep(50);
  t.equal(exits.length, 1);
  t.match(exits[0]?.reason, /its (thread ended with code|process was ended by SIGKILL)/);
}

async function callToTheDead(t: Test, kind: HostKind): Promise<void> {
  const { host, exits } = await ready(t, kind, specOf(t, kind));
  host.kill();
  await until("it is gone", () => exits.length > 0);
  const start = performance.now();
  await t.rejects(
    host.control.call((control) => control.inspect(), CALL_MS),
    { name: "AyesError", code: "unavailable" },
  );
  t.ok(performance.now() - start < CALL_MS / 2);
}

async function killedEarly(t: Test, kind: HostKind): Promise<void> {
  const spec = specOf(t, kind);
  for (const waitMs of [0, 20, 40, 60, 80]) {
    const { host, exits } = startWard(t, kind, spec);
    await sleep(waitMs);
    host.kill();
    await until(`it is gone after ${waitMs} ms`, () => exits.length > 0);
    await sleep(10);
    t.equal(exits.length, 1);
  }
  const { epochs } = await ready(t, kind, spec);
  t.equal(epochs.length, 1, "and the store is whole");
}

/** A process is gone when no signal reaches it. A thread is gone with its exit. */
export function isGone({ kind, pid }: Pick<Host, "kind" | "pid">): boolean {
  if (kind === "thread" || pid === undefined) return true;
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
}
