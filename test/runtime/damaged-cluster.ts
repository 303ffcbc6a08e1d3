/** A closed cluster with known data, made once and copied for each test, and ways to harm one replica of it. */

import { cpSync, existsSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Test } from "tap";
import { nodeOf } from "../../cli/torture/nodes.js";
import type { Cluster } from "../../runtime/api.js";
import { open } from "../../runtime/client.js";
import { verifyFolder } from "../../runtime/healing/verify-folder.js";
import type { Task } from "../../runtime/healing-api.js";
import { temporaryFolder } from "../storage/folder.js";
import { inverted } from "../storage/snapshot.js";

/** Not too quick: who asks around makes those abort that have not voted yet, as on a machine that does other things. */
export const QUICK = { resendAfterMs: 100, inquireAfterMs: 1000 };
const PAGE_BYTES = 4096;
const KEYS = 120;
const ONLY_LOGGED = "deletion-of-nothing";

/** The folder of a closed cluster. `before` beside its `nodes` has older copies of them. */
export async function makeTemplate(t: Test): Promise<string> {
  const data = temporaryFolder(t);
  const first = await open({ data });
  await first.put(keyOf(0), "older");
  await first.close();
  cpSync(join(data, "nodes"), join(data, "before"), { recursive: true });
  const cluster = await open({ data });
  for (let start = 0; start < KEYS; start += 20) {
    const puts = Array.from({ length: 20 }, (_, index) => {
      return { op: "put" as const, key: keyOf(start + index), value: contentOf(start + index) };
    });
    await cluster.transact(puts);
  }
  // It leaves nothing but its record.
  await cluster.del("nothing", { id: ONLY_LOGGED });
  await cluster.close();
  return data;
}

export function copyOf(t: Test, template: string): string {
  const data = temporaryFolder(t);
  cpSync(template, data, { recursive: true });
  return data;
}

function keyOf(index: number): string {
  return `key-${String(index).padStart(3, "0")}`;
}

function contentOf(index: number): string {
  return `value-${String(index).padStart(3, "0")}-${"x".repeat(400)}`;
}

/** A cluster on a copy of the template. */
export async function opened(
  t: Test,
  template: string,
  hosts: "threads" | "processes" = "threads",
): Promise<{ data: string; cluster: Cluster }> {
  const data = copyOf(t, template);
  const cluster = await open({ data, hosts, chaos: true, settings: QUICK });
  t.teardown(() => cluster.close());
  return { data, cluster };
}

/** Keys that a replica does not hold as they were acknowledged. */
export async function wrongAt(cluster: Cluster, replica: string): Promise<string[]> {
  const reads = Array.from({ length: KEYS }, async (_, index) => {
    const { value } = await cluster.get(keyOf(index), { replica });
    return value === contentOf(index) ? [] : [keyOf(index)];
  });
  return (await Promise.all(reads)).flat();
}

export function task(): Task {
  return { what: "", done: 0, of: 0 };
}

/** The file of a node's environment. */
export function fileOf(data: string, node: string): string {
  return join(data, "nodes", node, "lmdb", "data.mdb");
}

export function flip(file: string, text: string): void {
  const bytes = readFileSync(file);
  if (inverted(bytes, text) === 0) throw new Error(`there is no ${text} in ${file}`);
  // In its place: whoever has the file mapped must not find it empty meanwhile.
  writeFileSync(file, bytes, { flag: "r+" });
}

/** Fills every page with a text in it with zeros. */
function zeroPages(file: string, text: string): void {
  const bytes = readFileSync(file);
  let found = 0;
  for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, at + 1)) {
    const page = at - (at % PAGE_BYTES);
    bytes.fill(0, page, page + PAGE_BYTES);
    found += 1;
  }
  if (found === 0) throw new Error(`there is no ${text} in ${file}`);
  // In its place: whoever has the file mapped must not find it empty meanwhile.
  writeFileSync(file, bytes, { flag: "r+" });
}

function replace(target: string, source: string): void {
  rmSync(target, { recursive: true });
  cpSync(source, target, { recursive: true });
}

type Harm = (data: string, node: string) => void;

/** Damage to rows and pages, of data and log. */
export const DAMAGED_ROWS: Record<string, Harm> = {
  "a byte of a value flipped": (data, node) => flip(fileOf(data, node), "value-007"),
  "a byte of a key flipped": (data, node) => flip(fileOf(data, node), "key-007"),
  "a byte of the log flipped": (data, node) => flip(fileOf(data, node), ONLY_LOGGED),
  "a page of data zeroed": (data, node) => zeroPages(fileOf(data, node), "value-055"),
  "a page of the log zeroed": (data, node) => zeroPages(fileOf(data, node), ONLY_LOGGED),
  "the page of the tables zeroed": (data, node) => zeroPages(fileOf(data, node), '"commits"'),
};

/** Damage to files and folders. */
export const DAMAGED_FILES: Record<string, Harm> = {
  "the file cut": (data, node) => truncateSync(fileOf(data, node), statSync(fileOf(data, node)).size >> 1),
  "the file emptied": (data, node) => truncateSync(fileOf(data, node), 0),
  "the environment gone": (data, node) => rmSync(join(data, "nodes", node, "lmdb"), { recursive: true }),
  "the whole folder gone": (data, node) => rmSync(join(data, "nodes", node), { recursive: true }),
  "the environment of another node": (data, node) => {
    replace(join(data, "nodes", node, "lmdb"), join(data, "nodes", "n1", "lmdb"));
  },
  "the folder of another node": (data, node) => replace(join(data, "nodes", node), join(data, "nodes", "c1")),
  "an older environment": (data, node) =>
    replace(join(data, "nodes", node, "lmdb"), join(data, "before", node, "lmdb")),
  "an older folder": (data, node) => replace(join(data, "nodes", node), join(data, "before", node)),
  "the mark emptied": (data, node) => truncateSync(join(data, "nodes", node, "mark"), 0),
  "the identity gone": (data, node) => rmSync(join(data, "nodes", node, "node.json")),
};

/** Each kind is done to n2 and the next one to n3: named, refused, healed, and nothing is answered wrongly meanwhile. */
export async function damagesHeal(t: Test, kinds: Record<string, Harm>): Promise<void> {
  const template = await makeTemplate(t);
  const list = Object.entries(kinds);
  for (let index = 0; index < list.length; index += 2) {
    const harms = new Map(["n2", "n3"].map((node, offset) => [node, list[(index + offset) % list.length]]));
    const hosts = index % 4 === 0 ? "threads" : "processes";
    await t.test(`${[...harms.values()].map((harm) => harm?.[0]).join(" and ")}, in ${hosts}`, async (t) => {
      const data = copyOf(t, template);
      for (const [node, harm] of harms) harm?.[1](data, node);
      await heals(t, data, hosts, [...harms.keys()]);
    });
  }
}

async function heals(t: Test, data: string, hosts: "threads" | "processes", damaged: readonly string[]): Promise<void> {
  const { whole, nodes } = await verifyFolder(data, task());
  t.equal(whole, false);
  const named = nodes.filter((node) => !node.whole);
  t.same(
    named.map(({ node }) => node),
    damaged,
    "verify names them",
  );
  for (const { node, damages, next } of named) {
    t.match(damages, [{ message: /./ }], damages[0]?.message ?? "");
    t.match(next, new RegExp(`ayes repair ${node}`));
  }
  const cluster = await open({ data, hosts, settings: QUICK });
  t.teardown(() => cluster.close());
  t.same(await wrongAt(cluster, "n1"), [], "the healthy one serves");
  t.match(await cluster.put("a", 1), { outcome: "aborted", why: { code: "unavailable" } });
  for (const node of damaged) {
    const status = nodeOf(await cluster.status(), node);
    t.match(status, { state: "gave-up", reason: /./, next: new RegExp(`ayes repair ${node}`) }, status.reason ?? "");
    await t.rejects(cluster.get("key-000", { replica: node }), { code: "unavailable" });
    const { source, kept } = await cluster.repair(node);
    t.match({ source, kept: kept === undefined || existsSync(kept) }, { source: /^n[12]$/, kept: true });
    t.same(await wrongAt(cluster, node), [], "everything acknowledged is there again");
  }
  t.match(await cluster.put("key-000", contentOf(0)), { outcome: "committed" }, "and can be written");
  for (const node of damaged) t.same(await wrongAt(cluster, node), []);
}
