/** The bare round trip to a worker thread, with many messages under way: what no read by message can exceed. */

import { isMainThread, parentPort, Worker } from "node:worker_threads";

/** Round trips per second of `inFlight` callers, each of which awaits its answer before it asks again. */
export async function echoRate(forMs: number, inFlight: number): Promise<number> {
  const worker = new Worker(new URL(import.meta.url), { execArgv: [], env: {} });
  await new Promise((resolve) => worker.once("online", resolve));
  const waiting = new Map<number, () => void>();
  worker.on("message", ({ request }: { request: number }) => {
    waiting.get(request)?.();
    waiting.delete(request);
  });
  let trips = 0;
  const start = performance.now();
  const caller = async () => {
    while (performance.now() - start < forMs) {
      const request = trips;
      trips += 1;
      await new Promise<void>((resolve) => {
        waiting.set(request, resolve);
        worker.postMessage({ request, key: "bench/12345" });
      });
    }
  };
  await Promise.all(Array.from({ length: inFlight }, caller));
  const seconds = (performance.now() - start) / 1000;
  await worker.terminate();
  return trips / seconds;
}

if (!isMainThread && parentPort) {
  const port = parentPort;
  port.on("message", (message) => port.postMessage(message));
}
