/** Restarts: each node for itself, later and later, and not for ever. */

import { cpSync, rmSync, truncateSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { nodeOf } from "../../cli/torture/nodes.js";
import { until } from "../../cli/torture/polling.js";
import type { Cluster, NodeStatus } from "../../runtime/api.js";
import { open } from "../../runtime/client.js";
import { SETTINGS } from "../../runtime/config.js";
import { RemoteControl } from "../../runtime/control.js";
import type { Exit, Host, HostEvents, NodeSpec } from "../../runtime/hosts/host.js";
import { Supervisor } from "../../runtime/supervisor.js";
import { temporaryFolder } from "../storage/folder.js";

const SPEC: NodeSpec = {
  cluster: "abc",
  self: "n1",
  coordinators: [],
  replicas: ["n1"],
  folder: "",
  create: true,
  settings: SETTINGS,
  sockets: "",
};

async function clusterOf(
  t: Test,
  hosts: "threads" | "processes" = "threads",
): Promise<{ data: string; cluster: Cluster }> {
  const data = temporaryFolder(t);
  const cluster = await open({ data, hosts, chaos: true });
  t.teardown(() => cluster.close());
  return { data, cluster };
}

async function state(cluster: Cluster, node: string): Promise<NodeStatus> {
  return nodeOf(await cluster.status(), node);
}

/** A host whose nodes end at once, without having been ready. */
function shortLived(starts: number[], exit: Exit) {
  return (_: NodeSpec, events: HostEvents): Host => {
    starts.push(performance.now());
    setImmediate(() => events.exit(exit));
    const never = new Promise<never>(() => undefined);
    const control = new RemoteControl({ post: () => undefined, listen: () => undefined }, never);
    return { kind: "thread", pid: undefined, control, kill: () => undefined };
  };
}

t.test("a node that does not stay up is restarted later and later, up to a limit", async (t) => {
  const starts: number[] = [];
  const start = shortLived(starts, { code: undefined, reason: "it fell over" });
  const supervisor = new Supervisor({ start, peer: () => t.fail("it never served"), gateway: "gateway" });
  await t.rejects(supervisor.start([SPEC]), {
    code: "unavailable",
    message: /failed 11 times in \d+ s, last: it fell over/,
  });
  t.equal(starts.length, 11, "the first start and ten more");
  const gaps = starts.slice(1).map((at, index) => at - (starts[index] ?? 0));
  for (const [index, leastMs] of [20, 40, 80, 160, 320, 640, 1000].entries()) {
    t.ok((gaps[index] ?? 0) >= leastMs - 2, `restart ${index + 1} after ${Math.round(gaps[index] ?? 0)} ms`);
  }
  t.ok(Math.max(...gaps) < 2000, "but never later than the longest back-off");
});

t.test("what a restart cannot heal is not tried again", async (t) => {
  const starts: number[] = [];
  const start = shortLived(starts, { code: "stale-store", reason: "an older copy" });
  const supervisor = new Supervisor({ start, peer: () => undefined, gateway: "gateway" });
  await t.rejects(supervisor.start([SPEC]), { code: "stale-store", message: "an older copy", why: { node: "n1" } });
  t.equal(starts.length, 1);
});

t.test("a node whose store was emptied while it was down gives up and says so, until it is put right", async (t) => {
  for (const hosts of ["threads", "processes"] as const) {
    const { data, cluster } = await clusterOf(t, hosts);
    await cluster.put("a", 1);
    await cluster.crash("n2", { restart: false });
    t.match(await state(cluster, "n2"), { state: "held", reason: /asked to stay down/ });
    const folder = join(data, "nodes", "n2", "lmdb");
    const aside = join(temporaryFolder(t), "aside");
    cpSync(folder, aside, { recursive: true });
    truncateSync(join(folder, "data.mdb"), 0);
    await t.rejects(cluster.restart("n2"), { name: "AyesError", code: "empty-store", message: /put its data back/ });
    t.match(await state(cluster, "n2"), { state: "gave-up", reason: /held data and is empty now/ });
    t.match(await cluster.put("a", 2), { outcome: "aborted", why: { code: "unavailable", node: "n2" } });
    t.match(await cluster.get("a"), { value: 1 }, "reads go on");
    rmSync(folder, { recursive: true });
    cpSync(aside, folder, { recursive: true });
    await cluster.restart("n2");
    t.match(await cluster.put("a", 3), { outcome: "committed" });
    await cluster.close();
  }
});

t.test("only the node that died is restarted, and comes back as a new incarnation", async (t) => {
  const { cluster } = await clusterOf(t);
  const before = await cluster.status();
  await cluster.crash("n1");
  await until("n1 is back", async () => (await state(cluster, "n1")).state === "up");
  for (const { id, epoch = 0, restarts, state } of (await cluster.status()).nodes) {
    const was = nodeOf(before, id).epoch ?? 0;
    t.match(
      { state, restarts, raised: epoch > was },
      { state: "up", restarts: id === "n1" ? 1 : 0, raised: id === "n1" },
    );
  }
  t.match(await cluster.put("a", 1), { outcome: "committed" });
});

t.test("calls on a node that is down are refused with its name", async (t) => {
  const { cluster } = await clusterOf(t);
  await cluster.crash("c1", { restart: false });
  await t.rejects(cluster.log("c1"), { code: "unavailable", message: /c1/ });
  await t.rejects(cluster.crash("c1"), { code: "unavailable", message: /c1 is held already/ });
  await t.rejects(cluster.crash("n9"), { code: "no-such-node", message: /there are c1, n1, n2, n3/ });
  await t.rejects(cluster.restart("n9"), { code: "no-such-node" });
  t.match(await cluster.put("a", 1), { outcome: "aborted", why: { code: "unavailable", node: "c1" } });
  await cluster.restart("c1");
  await cluster.restart("c1");
  t.match(await cluster.put("a", 1), { outcome: "committed" });
});

t.test("a crash planned for a transaction spares the others", async (t) => {
  const { cluster } = await clusterOf(t, "processes");
  const { epoch = 0 } = await state(cluster, "n1");
  await cluster.crash("n1", { at: "after-vote", txn: "the-one" });
  for (let put = 0; put < 10; put += 1) t.match(await cluster.put(`k${put}`, put), { outcome: "committed" });
  t.equal((await state(cluster, "n1")).epoch, epoch);
  t.match(await cluster.put("a", 1, { id: "the-one" }), { outcome: "committed" }, "its vote had left");
  await until("n1 is back", async () => {
    const now = await state(cluster, "n1");
    return now.state === "up" && (now.epoch ?? 0) > epoch;
  });
  t.match(await cluster.get("a", { replica: "n1" }), { value: 1, version: "the-one" });
});

t.test("faults are only for clusters that allow them", async (t) => {
  const cluster = await open({ temporary: true });
  t.teardown(() => cluster.close());
  await t.rejects(cluster.crash("n1"), { code: "no-chaos" });
  await cluster.close();
  await cluster.close();
  await t.rejects(cluster.put("a", 1), { code: "closed" });
});

t.test("a node that is about to start when the cluster is closed is stopped as well", async (t) => {
  for (const hosts of ["threads", "processes"] as const) {
    for (const waitMs of [0, 30, 60, 120, 200]) {
      const cluster = await open({ temporary: true, hosts, chaos: true, replicas: 1 });
      await cluster.crash("n1");
      const pids = async () => (await cluster.status()).nodes.map(({ pid }) => pid);
      await new Promise((resolve) => setTimeout(resolve, waitMs));
      const before = await pids();
      await cluster.close();
      if (hosts === "threads") continue;
      for (const pid of before) t.ok(pid === undefined || !isAlive(pid), `${waitMs} ms after its crash`);
    }
  }
});

t.test("a node that becomes ready after it was asked to stop is asked again", async (t) => {
  const asked: string[] = [];
  let events: HostEvents | undefined;
  const control = new RemoteControl(
    {
      post: (message) => {
        asked.push(JSON.stringify(message));
        if (asked.length > 1) events?.exit({ code: undefined, reason: "stopped" });
      },
      listen: () => undefined,
    },
    new Promise<never>(() => undefined),
  );
  const host: Host = { kind: "process", pid: undefined, control, kill: () => t.fail("it need not be killed") };
  const supervisor = new Supervisor({
    start: (_, given) => {
      events = given;
      return host;
    },
    peer: () => undefined,
    gateway: "gateway",
  });
  const starting = supervisor.start([SPEC]).catch(() => undefined);
  const stopping = supervisor.stop();
  events?.ready(1);
  await stopping;
  t.equal(asked.length, 2);
  void starting;
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
