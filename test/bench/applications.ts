/** What programs build on, each beside what it is made of, measured in turn in one run. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KEY_PREFIX, newBoard, preload } from "../../cli/bench/load.js";
import { open } from "../../runtime/client.js";
import { directRates } from "./direct.js";
import { blindRate, functionRate, type HotKey, hotKey } from "./functions.js";
import { median } from "./median.js";
import { type Watched, watched } from "./watching.js";

/** A ratio, or a count, and what it has to be. */
export type Row = { name: string; value: number; bound: string; holds: boolean; of: string };

const LOAD = {
  clients: 64,
  forMs: 0,
  prefix: KEY_PREFIX,
  keys: 100_000,
  reads: 0,
  operations: 1,
  functions: false,
  valueBytes: 100,
};
const ATTEMPTS_MOST = 100;

export async function applicationRows(rounds: number, forMs: number): Promise<Row[]> {
  const data = mkdtempSync(join(tmpdir(), "ayes-bench-"));
  try {
    await filled(data);
    const cluster = await open({ data });
    const keys = { prefix: KEY_PREFIX, keys: LOAD.keys };
    const direct = await directRates(cluster, keys, { rounds, forMs: Math.min(forMs, 1000) });
    const functions: number[] = [];
    const blind: number[] = [];
    for (let round = 0; round <= rounds; round += 1) {
      const rates = [await functionRate(cluster, keys, forMs), await blindRate(cluster, keys, forMs)] as const;
      if (round === 0) continue;
      functions.push(rates[0]);
      blind.push(rates[1]);
    }
    const watches = await watched(cluster, rounds, forMs);
    const hot = await hotKey(cluster, "hot", Math.max(5000, forMs));
    await cluster.close();
    return [
      ratio("get / bare get", direct.get, direct.bareGet, 0.3),
      ratio("scan / bare scan", direct.scan, direct.bareScan, 0.5),
      ratio("transaction of 2 and 2 / three blind puts", median(functions), median(blind), 0.5),
      watchRow(watches),
      ...hotRows(hot),
    ];
  } finally {
    rmSync(data, { recursive: true });
  }
}

/** Closed after nothing is undecided, a store has all data in its place, where the bare library finds it. */
async function filled(data: string): Promise<void> {
  const cluster = await open({ data });
  await preload(cluster, LOAD, newBoard());
  await cluster.keys();
  await cluster.close();
}

/** A rate beside that of what it is made of, and how large a share it has to be at least. */
export function ratio(name: string, ours: number, bare: number, least: number): Row {
  const value = ours / bare;
  const of = `${Math.round(ours)}/s of ${Math.round(bare)}/s`;
  return { name, value, bound: `>= ${Number(least.toFixed(2))}`, holds: value >= least, of };
}

function watchRow({ withWatchers, without, eventsPerSecond }: Watched): Row {
  const value = 1 - withWatchers / without;
  const rates = `${Math.round(withWatchers)}/s of ${Math.round(without)}/s`;
  const of = `${rates}, ${Math.round(eventsPerSecond)} events/s to 10 watchers`;
  return { name: "share of the commit rate that watchers cost", value, bound: "< 0.1", holds: value < 0.1, of };
}

function hotRows({ commitsPerSecond, fewestInASecond, mostAttempts, starved }: HotKey): Row[] {
  const of = `${Math.round(commitsPerSecond)}/s on one key`;
  const attempts = `at most ${mostAttempts} attempts`;
  return [
    {
      name: "hot key: fewest commits in a second",
      value: fewestInASecond,
      bound: ">= 1",
      holds: fewestInASecond >= 1,
      of,
    },
    {
      name: "hot key: most attempts",
      value: mostAttempts,
      bound: `<= ${ATTEMPTS_MOST}`,
      holds: mostAttempts <= ATTEMPTS_MOST,
      of,
    },
    { name: "hot key: calls that starved", value: starved, bound: "= 0", holds: starved === 0, of: attempts },
  ];
}
