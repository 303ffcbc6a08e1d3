/** Files, each kind of use beside what a program would do with plain files or plain keys, in turn in one run. */

import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { open as openFile, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Cluster } from "../../runtime/api.js";
import { open } from "../../runtime/client.js";
import { type Row, ratio } from "./applications.js";
import { rateOf } from "./functions.js";
import { median } from "./median.js";

const LARGE_BYTES = 16 * 1024 * 1024;
const MEGABYTES = 16;
/** In a row one after the other: one alone is soon over. */
const LARGE_COUNT = 4;
const REPLICAS = 3;
const SMALL_BYTES = 1024;
const FOLDER_FILES = 1000;
const FOLDER_FILE_BYTES = 4096;

type Sample = { name: string; rate: number };

/** What is measured, and what it has to be. */
export async function fileRows(rounds: number, forMs: number): Promise<Row[]> {
  const place = mkdtempSync(join(tmpdir(), "ayes-bench-"));
  const cluster = await open({ data: join(place, "data") });
  try {
    const samples: Sample[] = [];
    // The first round compiles the code.
    for (let round = 0; round <= rounds; round += 1) {
      const measured = await oneRound(cluster, mkdtempSync(join(place, "plain-")), Math.min(forMs, 2000));
      if (round > 0) samples.push(...measured);
    }
    const of = (name: string) => median(samples.filter((sample) => sample.name === name).map(({ rate }) => rate));
    return [
      ratio("16 MiB to 3 replicas / 3 plain files (MiB)", of("write"), of("plain write"), 0.5),
      ratio("files of 1 KiB / puts, 64 clients", of("small"), of("put"), 0.5),
      ratio("read 16 MiB / read and hash a plain one (MiB)", of("read"), of("plain read"), 0.7),
      ratio("1,000 files at once / copied with fsync each", of("folder"), of("plain folder"), 1 / 3),
    ];
  } finally {
    await cluster.close();
    rmSync(place, { recursive: true, force: true });
  }
}

async function oneRound(cluster: Cluster, plain: string, forMs: number): Promise<Sample[]> {
  const contents = Array.from({ length: LARGE_COUNT }, () => randomBytes(LARGE_BYTES));
  const paths = contents.map((_, index) => join(plain, `large-${index}`));
  return [
    { name: "plain write", rate: await megabytes(contents, (bytes, index) => writePlain(`${paths[index]}`, bytes)) },
    { name: "write", rate: await megabytes(contents, (bytes, index) => write(cluster, `large/${index}`, bytes)) },
    { name: "plain read", rate: await megabytes(paths, readPlain) },
    { name: "read", rate: await megabytes(paths, (_, index) => read(cluster, `large/${index}`)) },
    { name: "put", rate: await rateOf(forMs, () => put(cluster)) },
    { name: "small", rate: await rateOf(forMs, () => write(cluster, `small/${anyName()}`, randomBytes(SMALL_BYTES))) },
    ...(await folders(cluster, join(plain, "folder"))),
  ];
}

/** Megabytes per second, one file after the other. */
async function megabytes<T>(list: readonly T[], work: (item: T, index: number) => Promise<unknown>): Promise<number> {
  const start = performance.now();
  for (const [index, item] of list.entries()) await work(item, index);
  return (list.length * MEGABYTES * 1000) / (performance.now() - start);
}

async function write(cluster: Cluster, path: string, bytes: Uint8Array): Promise<boolean> {
  return (await cluster.files.write(path, bytes)).outcome === "committed";
}

async function put(cluster: Cluster): Promise<boolean> {
  return (await cluster.put(`bench/${anyName()}`, "v".repeat(98))).outcome === "committed";
}

function anyName(): number {
  return Math.floor(Math.random() * 100_000);
}

async function read(cluster: Cluster, path: string): Promise<void> {
  for await (const _ of await cluster.files.read(path));
}

async function writePlain(path: string, bytes: Uint8Array): Promise<void> {
  for (let copy = 1; copy <= REPLICAS; copy += 1) await writeDurably(`${path}.${copy}`, bytes);
}

async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  const file = await openFile(path, "w");
  await file.writeFile(bytes);
  await file.sync();
  await file.close();
}

async function readPlain(path: string): Promise<void> {
  createHash("sha256")
    .update(await readFile(`${path}.1`))
    .digest();
}

/** Files per second: a folder that is copied file by file, and the same one that becomes files of the cluster at once. */
async function folders(cluster: Cluster, source: string): Promise<Sample[]> {
  mkdirSync(source);
  for (let index = 0; index < FOLDER_FILES; index += 1) {
    writeFileSync(join(source, String(index)), randomBytes(FOLDER_FILE_BYTES));
  }
  const target = `${source}-copy`;
  mkdirSync(target);
  const start = performance.now();
  for (const name of readdirSync(source)) await writeDurably(join(target, name), await readFile(join(source, name)));
  const copiedAt = performance.now();
  const { outcome } = await cluster.transaction(async ({ files }) => {
    for (const name of readdirSync(source)) await files.write(`folder/${name}`, await readFile(join(source, name)));
  });
  if (outcome !== "committed") throw new Error(`the folder is ${outcome}`);
  const committedAt = performance.now();
  return [
    { name: "plain folder", rate: (FOLDER_FILES * 1000) / (copiedAt - start) },
    { name: "folder", rate: (FOLDER_FILES * 1000) / (committedAt - copiedAt) },
  ];
}
