/** Direct reads of several threads at once, beside the bare library in the same threads on the same store. */

import { once } from "node:events";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import type { Cluster } from "../../runtime/api.js";
import type { ThreadData, ThreadOrder, ThreadRates } from "./direct-thread.js";
import { median } from "./median.js";

const THREADS = 2;
const PAGE = 1000;

/** What each of them does for so long in each round. The store must hold `keys` keys, all in their place. */
export async function directRates(
  cluster: Cluster,
  { prefix, keys }: { prefix: string; keys: number },
  { rounds, forMs }: { rounds: number; forMs: number },
): Promise<ThreadRates> {
  const folder = join((await cluster.status()).data, "nodes", "n1");
  const threads = Array.from({ length: THREADS }, () => {
    const shared = cluster.share();
    const workerData: ThreadData = { shared, folder, prefix, keys, page: PAGE };
    const url = new URL("./direct-thread.js", import.meta.url);
    return new Worker(url, { workerData, transferList: [shared.port], execArgv: [], env: {} });
  });
  await Promise.all(threads.map((thread) => once(thread, "message")));
  const samples: Record<keyof ThreadRates, number[]> = { get: [], bareGet: [], scan: [], bareScan: [] };
  for (let round = 0; round <= rounds; round += 1) {
    for (const what of ["get", "bareGet", "scan", "bareScan"] as const) {
      const order: ThreadOrder = { what, forMs };
      const rates = await Promise.all(threads.map((thread) => ask(thread, order)));
      // The first round compiles the code.
      if (round > 0) samples[what].push(rates.reduce((sum, rate) => sum + rate, 0));
    }
  }
  for (const thread of threads) thread.postMessage("end");
  await Promise.all(threads.map((thread) => once(thread, "exit")));
  const { get, bareGet, scan, bareScan } = samples;
  return { get: median(get), bareGet: median(bareGet), scan: median(scan), bareScan: median(bareScan) };
}

async function ask(thread: Worker, order: ThreadOrder): Promise<number> {
  const answer = once(thread, "message");
  thread.postMessage(order);
  return (await answer)[0] as number;
}
