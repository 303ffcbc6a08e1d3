/** What it costs to be looked at: commits of a cluster that keeps traces, and of one whose page is open, beside one without. */

import { drive, KEY_PREFIX, type Load, newBoard, preload } from "../../cli/bench/load.js";
import type { Cluster } from "../../runtime/api.js";
import { open } from "../../runtime/client.js";
import { serve } from "../../runtime/gateway/server.js";
import type { Row } from "./applications.js";
import { median } from "./median.js";

const WARM_UP_MS = 4000;
/** Until the share that is shown fits the load. */
const SETTLE_MS = 1500;
const LOAD = {
  clients: 64,
  prefix: KEY_PREFIX,
  keys: 100_000,
  reads: 0,
  operations: 1,
  functions: false,
  valueBytes: 100,
};

/** `rounds` of `forMs` each way, one after the other, so that all meet the same machine. */
export async function seeingRows(rounds: number, forMs: number): Promise<Row[]> {
  const plain = await open({ temporary: true });
  const traced = await open({ temporary: true, trace: true });
  const served = await serve(traced, { port: 0, chaos: false });
  const rates = { plain: [] as number[], nobody: [] as number[], live: [] as number[] };
  const steps: number[] = [];
  for (const cluster of [plain, traced]) {
    await preload(cluster, { ...LOAD, forMs }, newBoard());
    await rate(cluster, { ...LOAD, forMs: WARM_UP_MS });
  }
  for (let round = 0; round < rounds; round += 1) {
    rates.plain.push(await rate(plain, { ...LOAD, forMs }));
    rates.nobody.push(await rate(traced, { ...LOAD, forMs }));
    const page = await openPage(`${served.url}/v1/live`);
    await rate(traced, { ...LOAD, forMs: SETTLE_MS });
    rates.live.push(await rate(traced, { ...LOAD, forMs }));
    steps.push(await page());
  }
  await served.close();
  await Promise.all([plain.close(), traced.close()]);
  const of = (name: keyof typeof rates) => median(rates[name]);
  const says = `of ${Math.round(of("plain"))}/s without`;
  return [
    row("kept traces, nobody looks on", of("nobody") / of("plain"), 0.97, says),
    row("live view open", of("live") / of("plain"), 0.9, `${says}; ${Math.round(median(steps))} bytes told`),
  ];
}

function row(name: string, value: number, least: number, of: string): Row {
  return { name, value, bound: `>= ${least}`, holds: value >= least, of };
}

async function rate(cluster: Cluster, load: Load): Promise<number> {
  const { committed, tookMs } = await drive(cluster, load, newBoard());
  return (committed * 1000) / tookMs;
}

/** Reads all that is told, as a page does. The returned function leaves, and says how many bytes came. */
async function openPage(url: string): Promise<() => Promise<number>> {
  const leaving = new AbortController();
  const answer = await fetch(url, { signal: leaving.signal });
  let bytes = 0;
  const reading = (async () => {
    for await (const chunk of answer.body ?? []) bytes += chunk.length;
  })().catch(() => undefined);
  return async () => {
    leaving.abort();
    await reading;
    return bytes;
  };
}
