/** The bare round trip to a worker thread, with many messages under way: what no read by message can exceed. */

import { isMainThread, parentPort, Worker } from "node:worker_threads";

/** Round trips per second, `inFlight` at a time, each a message of its own. */
export async function echoRate(forMs: number, inFlight: number): Promise<number> {
  const worker = new Worker(new URL(import.meta.url), { execArgv: [], env: {} });
  await new Promise((resolve) => worker.once("online", resolve));
  let trips = 0;
  const start = performance.now();
  await new Promise<void>((resolve) => {
    let open = inFlight;
    worker.on("message", () => {
      trips += 1;
      if (performance.now() - start < forMs) worker.postMessage({ request: trips, key: "bench/12345" });
      else if (--open === 0) resolve();
    });
    for (let index = 0; index < inFlight; index += 1) worker.postMessage({ request: index, key: "bench/12345" });
  });
  const seconds = (performance.now() - start) / 1000;
  await worker.terminate();
  return trips / seconds;
}

if (!isMainThread && parentPort) {
  const port = parentPort;
  port.on("message", (message) => port.postMessage(message));
}
