/** A load of files of which each version can be told from its bytes, and what must be true of them whatever was killed. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { settle } from "../../cli/torture/settle.js";
import type { Cluster } from "../../runtime/api.js";
import { sha256 } from "../../runtime/files/content.js";
import type { FunctionEnd, Transaction } from "../../runtime/function-api.js";
import type { ReadOptions } from "../../runtime/reading-api.js";
import { contentsFolder, stagedFolder } from "../../storage/contents.js";

/** A folder that is replaced as a whole, and a file that moves on from name to name. */
export const STORIES = ["site", "turn"] as const;
export type Story = (typeof STORIES)[number];

/** What a story was told of a version of it: that it begins, then how it ended. */
export type Said = { story: Story; version: number; outcome: "begun" | FunctionEnd<void>["outcome"] };

/** Every so many-th file of the folder is too large for its row. */
const LARGE_EACH = 10;
const LARGE_BYTES = 70_000;
const SMALL_BYTES = 300;
const DEADLINE_MS = 5000;
const READ_MS = 30_000;

/** What a file has in it in one version of its folder. No two files are the same, and no two versions. */
export function bytesOf(path: string, version: number): Buffer {
  const isLarge = path.startsWith("turn/") || Number(path.split("/")[1]) % LARGE_EACH === 0;
  return Buffer.alloc(isLarge ? LARGE_BYTES : SMALL_BYTES, `${path} in version ${version} `);
}

/** Goes on with a story from a version on, until `goesOn` says no more. */
export async function tell(
  cluster: Cluster,
  {
    story,
    from,
    files,
    goesOn,
    say,
  }: {
    story: Story;
    from: number;
    /** How many files are in the folder. */
    files: number;
    goesOn(): boolean;
    say(said: Said): void;
  },
): Promise<void> {
  const next = story === "site" ? (t: Transaction, version: number) => site(t, version, files) : turn;
  for (let version = from + 1; goesOn(); version += 1) {
    say({ story, version, outcome: "begun" });
    const { outcome } = await cluster.transaction((t) => next(t, version), { deadlineMs: DEADLINE_MS });
    say({ story, version, outcome });
  }
}

/** All files of the folder, and a key that says which version they are. */
async function site(t: Transaction, version: number, files: number): Promise<void> {
  for (let index = 0; index < files; index += 1) {
    await t.files.write(`site/${index}`, bytesOf(`site/${index}`, version));
  }
  t.put("site", { version, files });
}

/** What was new becomes old, a copy of it goes, and there is something new. */
async function turn(t: Transaction, version: number): Promise<void> {
  const { value } = await t.get("turn");
  const { version: last } = (value ?? { version: 0 }) as { version: number };
  if (last > 0) await t.files.rename("turn/new", "turn/old");
  await t.files.write("turn/new", bytesOf("turn/new", version));
  t.put("turn", { version, last });
}

/** Which version each story has come to, by its key. */
export async function versions(cluster: Cluster, replica?: string): Promise<Record<Story, number>> {
  const entries = await Promise.all(STORIES.map((key) => cluster.get(key, at(replica))));
  const [site = 0, turn = 0] = entries.map(({ value }) => (value as { version: number } | undefined)?.version ?? 0);
  return { site, turn };
}

/** Checks a cluster that nobody writes to. Each string of the answer is a broken promise. */
export async function fileViolations(cluster: Cluster, data: string): Promise<string[]> {
  const unsettled = await settle(cluster);
  if (unsettled) return [unsettled];
  const { nodes } = await cluster.status();
  const replicas = nodes.filter(({ role }) => role !== "coordinator").map(({ id }) => id);
  const found = await Promise.all(replicas.map((replica) => violationsAt(cluster, data, replica)));
  const said = await Promise.all(replicas.map((replica) => versions(cluster, replica)));
  const differ = new Set(said.map((one) => JSON.stringify(one))).size > 1;
  return [...found.flat(), ...(differ ? [`replicas differ: ${JSON.stringify(said)}`] : [])];
}

async function violationsAt(cluster: Cluster, data: string, replica: string): Promise<string[]> {
  const expected = await expectedAt(cluster, replica);
  const { files } = await cluster.files.list({ limit: 10_000 }, at(replica));
  const found: string[] = [];
  for (const { path, digest } of files) {
    const bytes = expected.get(path);
    if (!bytes) found.push(`${path} is at ${replica}, and nothing says so`);
    else if (digestOf(bytes) !== digest) found.push(`${path} at ${replica} is not of the version that its key says`);
  }
  const there = new Set(files.map(({ path }) => path));
  for (const path of expected.keys()) if (!there.has(path)) found.push(`${path} is not at ${replica}`);
  return [
    ...found,
    ...onDisk(join(data, "nodes", replica), [...expected.values()]),
    ...(await unread(cluster, replica, expected)),
  ];
}

/** What there must be, by what the keys say. */
async function expectedAt(cluster: Cluster, replica: string): Promise<Map<string, Buffer>> {
  const [site, turn] = await cluster.read(["site", "turn"], at(replica));
  const expected = new Map<string, Buffer>();
  const put = (path: string, version: number) => expected.set(path, bytesOf(path, version));
  if (site?.value) {
    const { version, files } = site.value as { version: number; files: number };
    for (let index = 0; index < files; index += 1) put(`site/${index}`, version);
  }
  if (turn?.value) {
    const { version, last } = turn.value as { version: number; last: number };
    put("turn/new", version);
    if (last > 0) expected.set("turn/old", bytesOf("turn/new", last));
  }
  return expected;
}

/** The contents beside the store are those that files need, each as it was written, and nothing else is left. */
function onDisk(node: string, expected: readonly Buffer[]): string[] {
  const large = expected.filter(({ length }) => length === LARGE_BYTES);
  const needed = new Set(large.map(digestOf));
  const kept = readdirSync(contentsFolder(node));
  const found = kept.flatMap((name) => {
    if (!needed.has(name)) return [`${name} is kept in ${node}, and nothing needs it`];
    const isWhole = digestOf(readFileSync(join(contentsFolder(node), name))) === name;
    return isWhole ? [] : [`${name} in ${node} has other bytes`];
  });
  for (const digest of needed) if (!kept.includes(digest)) found.push(`${digest} is needed and not in ${node}`);
  return [...found, ...readdirSync(stagedFolder(node)).map((name) => `${name} is staged in ${node} for nobody`)];
}

/** A few are read as anybody would. */
async function unread(cluster: Cluster, replica: string, expected: ReadonlyMap<string, Buffer>): Promise<string[]> {
  const found: string[] = [];
  for (const [path, bytes] of [...expected].filter((_, index) => index % 7 === 0)) {
    const reading = await cluster.files.read(path, at(replica));
    if (!bytes.equals(await reading.bytes())) found.push(`${path} at ${replica} is read as something else`);
    if (reading.replica !== replica) found.push(`${path} cannot be read at ${replica}`);
  }
  return found;
}

/** A machine that is busy with other tests may be slow. */
function at(replica: string | undefined): ReadOptions {
  return { deadlineMs: READ_MS, ...(replica !== undefined && { replica }) };
}

function digestOf(bytes: Buffer): string {
  return sha256(bytes).toString("hex");
}
