/** A thread that reads a shared cluster a few times, the main thread being stopped from the first answer on. */

import { parentPort, workerData } from "node:worker_threads";
import { attach, type Key, type ReadResult, type SharedCluster } from "../../runtime/client.js";

export type SharerData = {
  shared: SharedCluster;
  /** Whether it has read once, and whether it has read all. */
  progress: Int32Array<SharedArrayBuffer>;
};
export type Findings = { first: ReadResult; last: ReadResult; page: Key[]; absent: unknown; hidden: unknown };

const { shared, progress } = workerData as SharerData;
const reader = attach(shared);
// The first one may have to be asked for: nothing was said yet of who can be read.
await reader.get("k0");
Atomics.store(progress, 0, 1);
await new Promise((resolve) => setTimeout(resolve, 300));
const findings: Findings = {
  first: await reader.get("k0"),
  last: await reader.get("k19"),
  page: (await reader.scan({ start: "k1", limit: 3 })).entries.map(({ key }) => key),
  absent: (await reader.get("nobody")).value,
  hidden: await reader.get("\u0000view").catch(({ code }) => code),
};
Atomics.store(progress, 1, 1);
Atomics.notify(progress, 1);
parentPort?.postMessage(findings);
reader.close();
