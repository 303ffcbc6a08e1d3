/** What a large file on its way in, and out again, adds to the memory of each process that it passes through. Linux only. */

import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import type { Cluster } from "../../runtime/api.js";
import { open } from "../../runtime/client.js";
import type { Row } from "./applications.js";

const MEGABYTE = 1024 * 1024;
const MOST_MB = 64;
const WARM_UP_MB = 64;

/** A file of so many MiB through a cluster of each kind. The largest growth of any process counts. */
export async function memoryRows(megabytes: number): Promise<Row[]> {
  const rows: Row[] = [];
  for (const hosts of ["threads", "processes"] as const) {
    const cluster = await open({ temporary: true, hosts });
    try {
      const processes = await processesOf(cluster);
      await through(cluster, WARM_UP_MB);
      const before = processes.map(restart);
      const start = performance.now();
      await through(cluster, megabytes);
      const seconds = (performance.now() - start) / 1000;
      const growth = processes.map((id, index) => (highest(id) - (before[index] ?? 0)) / MEGABYTE);
      const most = Math.max(...growth);
      const of = `${megabytes} MiB in and out in ${Math.round(seconds)} s: ${growth.map(Math.round).join(", ")} MiB`;
      rows.push({ name: `memory, nodes in ${hosts}`, value: most, bound: `< ${MOST_MB}`, holds: most < MOST_MB, of });
    } finally {
      await cluster.close();
    }
  }
  return rows;
}

async function through(cluster: Cluster, megabytes: number): Promise<void> {
  const { outcome } = await cluster.files.write("large", stream(megabytes));
  if (outcome !== "committed") throw new Error(`the file is ${outcome}`);
  let bytes = 0;
  for await (const piece of await cluster.files.read("large")) bytes += piece.length;
  if (bytes !== megabytes * MEGABYTE) throw new Error(`the file has ${bytes} bytes`);
}

/** No two pieces are the same. */
async function* stream(megabytes: number): AsyncGenerator<Uint8Array> {
  const piece = randomBytes(MEGABYTE);
  for (let index = 0; index < megabytes; index += 1) {
    piece.writeUInt32LE(index);
    yield piece;
  }
}

/** This one first, then those of the nodes, if they have their own. */
async function processesOf(cluster: Cluster): Promise<number[]> {
  const { nodes } = await cluster.status();
  return [process.pid, ...nodes.flatMap(({ pid }) => (pid === undefined || pid === process.pid ? [] : [pid]))];
}

/** Forgets how much memory a process has had at most, and says how much it has now. */
function restart(id: number): number {
  writeFileSync(`/proc/${id}/clear_refs`, "5");
  return highest(id);
}

function highest(id: number): number {
  const [, kilobytes = "0"] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${id}/status`, "utf8")) ?? [];
  return Number(kilobytes) * 1024;
}
