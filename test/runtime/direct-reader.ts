/** A thread that reads a shared cluster while others write, and says what it has read that cannot be. */

import { parentPort, workerData } from "node:worker_threads";
import { attach, type Cluster, type SharedCluster } from "../../runtime/client.js";

/** Counters of which two copies are always written together. */
export const COUNTERS = 6;
export const LEAST_READS = 100;

export function copiesOf(counter: number): [string, string] {
  return [`pair/${counter}/left`, `pair/${counter}/right`];
}

/** Shared by all threads, one number for each counter. */
export type Knowledge = {
  stop: Int32Array<SharedArrayBuffer>;
  /** How often it was raised by transactions whose end was told. */
  acknowledged: Int32Array<SharedArrayBuffer>;
  /** The most that anybody has read. */
  seen: Int32Array<SharedArrayBuffer>;
};

export type ReaderData = { shared: SharedCluster; knowledge: Knowledge };
export type ReaderReport = { reads: number; failed: Record<string, number>; wrong: string[] };

type Numbers = (number | undefined)[];
type Reader = Pick<Cluster, "read" | "scan">;

async function numbersOf(reader: Reader, counter: number): Promise<Numbers> {
  const keys = copiesOf(counter);
  if (Math.random() < 0.2) {
    const { entries } = await reader.scan({ prefix: `pair/${counter}/` });
    return keys.map((key) => entries.find((entry) => entry.key === key)?.value as number | undefined);
  }
  return (await reader.read(keys)).map(({ value }) => value as number | undefined);
}

function flawIn([left = 0, right = 0]: Numbers, least: number): string | undefined {
  if (left !== right) return `two moments: ${left} and ${right}`;
  return left < least ? `${left} was read after ${least} was known` : undefined;
}

/** Reads until it is told to stop, and so often at least. */
export async function readOn(reader: Reader, { stop, acknowledged, seen }: Knowledge): Promise<ReaderReport> {
  const report: ReaderReport = { reads: 0, failed: {}, wrong: [] };
  while (Atomics.load(stop, 0) === 0 || report.reads < LEAST_READS) {
    const counter = Math.floor(Math.random() * COUNTERS);
    const least = Math.max(Atomics.load(acknowledged, counter), Atomics.load(seen, counter));
    try {
      const numbers = await numbersOf(reader, counter);
      const flaw = flawIn(numbers, least);
      if (flaw) report.wrong.push(`counter ${counter}: ${flaw}`);
      raise(seen, counter, numbers[0] ?? 0);
      report.reads += 1;
    } catch (error) {
      const { code } = error as { code: string };
      report.failed[code] = (report.failed[code] ?? 0) + 1;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
  return report;
}

function raise(seen: Knowledge["seen"], counter: number, number: number): void {
  for (let before = Atomics.load(seen, counter); before < number; before = Atomics.load(seen, counter)) {
    if (Atomics.compareExchange(seen, counter, before, number) === before) return;
  }
}

if (parentPort && workerData?.knowledge) {
  const { shared, knowledge } = workerData as ReaderData;
  const reader = attach(shared);
  parentPort.postMessage(await readOn(reader, knowledge));
  reader.close();
}
