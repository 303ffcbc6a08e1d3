/** A recording in memory, a run to record, and the same run again. */

import { until } from "../../cli/torture/polling.js";
import type { Cluster } from "../../runtime/api.js";
import { type Entry, entryIn, lineOf } from "../../runtime/recording/entry.js";
import { type Difference, type NodeReport, Rerun } from "../../runtime/recording/rerun.js";

export type Recorded = { lines: string[]; record(entry: Entry): void };

/** As it would stand in a file. */
export function recorded(): Recorded {
  const lines: string[] = [];
  return { lines, record: (entry) => lines.push(lineOf(entry)) };
}

export function rerun(lines: readonly string[]): Difference | NodeReport[] {
  const [heading, ...entries] = lines.map(entryIn);
  const run = new Rerun(heading);
  for (const entry of entries) {
    const difference = run.take(entry);
    if (difference) return difference;
  }
  return run.finish();
}

export function reportsOf(lines: readonly string[]): NodeReport[] {
  const found = rerun(lines);
  if (Array.isArray(found)) return found;
  throw new Error(JSON.stringify(found));
}

/** Of everything that nodes do, a little. */
export async function work(
  cluster: Cluster,
  name: string,
  protocols: ("2pc" | "3pc")[] = ["2pc", "3pc"],
): Promise<void> {
  const watch = cluster.watch();
  await watch.started;
  for (let number = 0; number < 8; number += 1) {
    for (const protocol of protocols) await cluster.put(`${name}/${number}`, number, { protocol });
  }
  await cluster.put(`${name}/bytes`, new Uint8Array([0, 1, 2, 255]));
  await cluster.files.write(`${name}/file`, Buffer.alloc(200_000, 7));
  await cluster.constrain(`${name}/`, { max: 1000 });
  await cluster.put(`${name}/0`, 2000);
  await cluster.validate("n2", { rule: "no-next" });
  await cluster.put(`${name}/1`, 3);
  await cluster.transact([{ op: "put", key: "x", value: 1 }], { checks: [{ key: `${name}/2`, is: "absent" }] });
  await cluster.put(`${name}/soon`, 1, { ttlMs: 20 });
  await cluster.scan({ prefix: `${name}/` });
  await cluster.transaction(async (it) => it.put(`${name}/sum`, (await it.scan({ prefix: name })).entries.length));
  await until("it has expired", async () => (await cluster.get(`${name}/soon`)).value === undefined);
  await watch.return();
}
