/** Nodes as processes: found by their name, and ended as hard as the system can. */

import type { NodeStatus, Status } from "../../runtime/api.js";

export function nodeOf({ nodes }: Status, id: string): NodeStatus {
  const node = nodes.find((candidate) => candidate.id === id);
  if (!node) throw new Error(`there is no ${id}`);
  return node;
}

/** What `kill -9` does. */
export function killHard(status: Status, node: string): void {
  const { pid } = nodeOf(status, node);
  if (pid === undefined || pid === process.pid) throw new Error(`${node} has no process of its own`);
  process.kill(pid, "SIGKILL");
}

/** Sends a signal. False when the process is gone already. */
export function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}
