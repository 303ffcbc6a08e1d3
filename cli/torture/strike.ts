/** Does to a cluster what a fault says, and undoes it again. What it takes to recover is left to the cluster. */

import type { Cluster } from "../../runtime/api.js";
import { AyesError } from "../../runtime/errors.js";
import type { Detour } from "./detour.js";
import type { SmallDisk } from "./disk.js";
import { type Fault, GATEWAY } from "./faults.js";
import { signal } from "./nodes.js";
import { until } from "./polling.js";
import type { Server } from "./server.js";

export type World = {
  server: Server;
  cluster: Cluster;
  detour: Detour | undefined;
  disk: SmallDisk | undefined;
  /** Waits, but not once the run is to end. */
  rest(ms: number): Promise<void>;
};

const ARMED_MS = 1500;
const DEAD_MS = 100;
const BACK_MS = 5000;

/** False when the fault found nobody to hurt: another one at the same time was quicker. */
export async function strike(fault: Fault, world: World): Promise<boolean> {
  try {
    return await carryOut(fault, world);
  } catch (error) {
    if (error instanceof AyesError) return false;
    throw error;
  }
}

async function carryOut(fault: Fault, world: World): Promise<boolean> {
  switch (fault.kind) {
    case "kill":
      return kill(world, fault.nodes);
    case "pause":
      return pause(world, fault.nodes, fault.forMs);
    case "restart-storm":
      return storm(world, fault.node, fault.times);
    case "crash-point":
      await world.cluster.crash(fault.node, fault.plan);
      await world.rest(ARMED_MS);
      return true;
    case "total-failure":
      await world.server.kill(fault.whom);
      await world.rest(DEAD_MS);
      await world.server.start();
      return true;
    case "links":
      world.detour?.set(fault.links, fault.damage);
      await world.rest(fault.forMs);
      world.detour?.set(fault.links, undefined);
      return true;
    case "full-disk":
      world.disk?.fill(fault.leaveBytes);
      await world.rest(fault.forMs);
      world.disk?.free();
      return true;
  }
}

async function kill(world: World, nodes: readonly string[]): Promise<boolean> {
  const pids = await pidsOf(world, nodes);
  return pids.map((pid) => signal(pid, "SIGKILL")).includes(true);
}

async function pause(world: World, nodes: readonly string[], forMs: number): Promise<boolean> {
  const pids = await pidsOf(world, nodes);
  const stopped = pids.filter((pid) => signal(pid, "SIGSTOP"));
  try {
    await world.rest(forMs);
  } finally {
    for (const pid of stopped) signal(pid, "SIGCONT");
  }
  return stopped.length > 0;
}

async function storm(world: World, node: string, times: number): Promise<boolean> {
  let killed = 0;
  for (let round = 0; round < times; round += 1) {
    let pid: number | undefined;
    await until(
      `${node} runs`,
      async () => {
        [pid] = await pidsOf(world, [node]);
        return pid !== undefined;
      },
      BACK_MS,
    ).catch(() => undefined);
    if (pid !== undefined && signal(pid, "SIGKILL")) killed += 1;
  }
  return killed > 0;
}

/** Of those that run, whether they serve already or not. */
async function pidsOf({ cluster, server }: World, names: readonly string[]): Promise<number[]> {
  const { nodes } = await cluster.status();
  const running = nodes.filter(({ id }) => names.includes(id)).map(({ pid }) => pid);
  if (names.includes(GATEWAY)) running.push(server.pid);
  return running.filter((pid) => pid !== undefined);
}
