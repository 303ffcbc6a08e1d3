/** A thread that reads one store in two ways in turn: through the package, and with the bare library. */

import { parentPort, workerData } from "node:worker_threads";
import { attach, type SharedCluster } from "../../runtime/client.js";
import { type Environment, openEnvironment } from "../../storage/environment.js";

export type ThreadData = { shared: SharedCluster; folder: string; prefix: string; keys: number; page: number };
/** For each way: keys, or entries, per second. */
export type ThreadRates = { get: number; bareGet: number; scan: number; bareScan: number };
export type ThreadOrder = { what: keyof ThreadRates; forMs: number };

const { shared, folder, prefix, keys, page } = workerData as ThreadData;
const cluster = attach(shared);
const bare: Environment = openEnvironment(folder, "write");
const anyKey = () => prefix + Math.floor(Math.random() * keys);
const LOOKS = 200;

/** Each reads some, and says how many. */
const ways: Record<keyof ThreadRates, () => Promise<number> | number> = {
  get: async () => {
    for (let index = 0; index < LOOKS; index += 1) {
      if ((await cluster.get(anyKey())).value === undefined) throw new Error("a key is missing");
    }
    return LOOKS;
  },
  bareGet: () => {
    for (let index = 0; index < LOOKS; index += 1) {
      if (bare.data.get(Buffer.from(anyKey())) === undefined) throw new Error("a key is missing");
    }
    return LOOKS;
  },
  scan: async () => (await cluster.scan({ start: anyKey(), end: `${prefix}~`, limit: page })).entries.length,
  bareScan: () => {
    const entries: { key: Buffer; value: Buffer }[] = [];
    const bounds = { start: Buffer.from(anyKey()), end: Buffer.from(`${prefix}~`), limit: page };
    for (const entry of bare.data.getRange(bounds)) entries.push(entry);
    return entries.length;
  },
};

parentPort?.on("message", async (order: ThreadOrder | "end") => {
  if (order === "end") {
    cluster.close();
    await bare.root.close();
    process.exit();
  }
  const start = performance.now();
  let read = 0;
  while (performance.now() - start < order.forMs) {
    read += await ways[order.what]();
    await new Promise((resolve) => setImmediate(resolve));
  }
  parentPort?.postMessage((read * 1000) / (performance.now() - start));
});
await cluster.get(anyKey());
parentPort?.postMessage(0);
