/**
 * `npm run bench`: the engine beside the raw disk and the raw thread, and what programs build on beside what that is made
 * of, interleaved in one run, as ratios of medians. `--part engine`,
 * `--part applications`, `--part files` or `--part seeing` measures one of them. `--part memory` (not among them: it takes minutes) sends a
 * file of 2 GiB through a cluster.
 */

import { parseArgs } from "node:util";
import { drive, KEY_PREFIX, type Load, newBoard, preload } from "../../cli/bench/load.js";
import type { Cluster } from "../../runtime/api.js";
import { open } from "../../runtime/client.js";
import { applicationRows, type Row } from "./applications.js";
import { chainRate } from "./chain.js";
import { echoRate } from "./echo.js";
import { fileRows } from "./files.js";
import { median } from "./median.js";
import { memoryRows } from "./memory.js";
import { seeingRows } from "./seeing.js";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    seconds: { type: "string", default: "5" },
    json: { type: "boolean", default: false },
    part: { type: "string", default: "all" },
  },
});
const ROUNDS = Number(values.rounds);
const FOR_MS = Number(values.seconds) * 1000;
/** The engine's code is compiled while it runs; what is measured is what comes after. */
const WARM_UP_MS = 4000;
const BARE_MS = Math.min(FOR_MS, 2000);
const LARGE_MB = 2048;
const LOAD: Load = {
  clients: 64,
  forMs: FOR_MS,
  prefix: KEY_PREFIX,
  keys: 100_000,
  reads: 0,
  operations: 1,
  functions: false,
  valueBytes: 100,
};

type Sample = { name: string; rate: number; flushes?: number };

/** What is measured in each round, in this order. */
async function round(threads: Cluster, processes: Cluster): Promise<Sample[]> {
  return [
    { name: "chain", rate: await chainRate(BARE_MS) },
    await writes("threads 64", threads, 64),
    await writes("processes 64", processes, 64),
    await writes("threads 256", threads, 256),
    await writes("processes 256", processes, 256),
    { name: "chain", rate: await chainRate(BARE_MS) },
    { name: "echo", rate: await echoRate(BARE_MS, 64) },
    await reads("get threads 64", threads),
  ];
}

async function writes(name: string, cluster: Cluster, clients: number): Promise<Sample> {
  const before = await flushes(cluster);
  const { committed, tookMs } = await drive(cluster, { ...LOAD, clients }, newBoard());
  return { name, rate: (committed * 1000) / tookMs, flushes: ((await flushes(cluster)) - before) / committed };
}

async function reads(name: string, cluster: Cluster): Promise<Sample> {
  const { reads, tookMs } = await drive(cluster, { ...LOAD, reads: 1, forMs: BARE_MS }, newBoard());
  return { name, rate: (reads * 1000) / tookMs };
}

async function flushes(cluster: Cluster): Promise<number> {
  const { nodes } = await cluster.status();
  return nodes.reduce((sum, { details }) => sum + (details?.flushes ?? 0), 0);
}

function report(samples: readonly Sample[]): Record<string, number> {
  const of = (name: string) => median(samples.filter((sample) => sample.name === name).map(({ rate }) => rate));
  const perTransaction = samples.flatMap(({ name, flushes }) => (name.endsWith("s 64") && flushes ? [flushes] : []));
  return {
    chainsPerSecond: of("chain"),
    threads64PerSecond: of("threads 64"),
    threads256PerSecond: of("threads 256"),
    processes64PerSecond: of("processes 64"),
    processes256PerSecond: of("processes 256"),
    getsPerSecond: of("get threads 64"),
    bareRoundTripsPerSecond: of("echo"),
    threads64ToChain: of("threads 64") / of("chain"),
    threads256ToChain: of("threads 256") / of("chain"),
    processes64ToThreads64: of("processes 64") / of("threads 64"),
    getsToBareRoundTrips: of("get threads 64") / of("echo"),
    flushesPerTransactionAt64: median(perTransaction),
  };
}

async function measureEngine(): Promise<Record<string, number>> {
  const threads = await open({ temporary: true, hosts: "threads" });
  const processes = await open({ temporary: true, hosts: "processes" });
  for (const cluster of [threads, processes]) {
    await preload(cluster, LOAD, newBoard());
    await drive(cluster, { ...LOAD, reads: 0.1, forMs: WARM_UP_MS }, newBoard());
  }
  const samples: Sample[] = [];
  for (let index = 1; index <= ROUNDS; index += 1) {
    const measured = await round(threads, processes);
    samples.push(...measured);
    const line = measured.map(({ name, rate }) => `${name} ${Math.round(rate)}/s`).join(", ");
    if (!values.json) console.error(`round ${index} of ${ROUNDS}: ${line}`);
  }
  await threads.close();
  await processes.close();
  return report(samples);
}

function format(value: number): string {
  return value.toFixed(value < 100 && !Number.isInteger(value) ? 2 : 0);
}

function lineOf({ name, value, bound, holds, of }: Row): string {
  return `${name.padEnd(44)} ${format(value).padStart(6)}  ${bound.padEnd(7)} ${holds ? "holds" : "FAILS"}  ${of}`;
}

const wants = (part: string) => values.part === "all" || values.part === part;
const engine = wants("engine") ? await measureEngine() : {};
const applications = wants("applications") ? await applicationRows(ROUNDS, FOR_MS) : [];
const files = wants("files") ? await fileRows(ROUNDS, FOR_MS) : [];
const seeing = wants("seeing") ? await seeingRows(ROUNDS, FOR_MS) : [];
const memory = values.part === "memory" ? await memoryRows(LARGE_MB) : [];
if (values.json) console.log(JSON.stringify({ ...engine, applications, files, seeing, memory }));
else {
  for (const [name, value] of Object.entries(engine)) console.log(`${name.padEnd(28)} ${format(value)}`);
  for (const row of [...applications, ...files, ...seeing, ...memory]) console.log(lineOf(row));
}
