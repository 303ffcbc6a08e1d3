/** A folder that is replaced is old or new as a whole: whoever reads meanwhile, and whoever is killed. */

import { once } from "node:events";
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import t from "tap";
import { downloadFolder } from "../../cli/files/download.js";
import { Transfer } from "../../cli/files/transfer.js";
import { uploadFolder } from "../../cli/files/upload.js";
import { type Cluster, connect } from "../../runtime/client.js";
import { temporaryFolder } from "../storage/folder.js";
import { type Contents, contentsIn, contentsOf, make } from "./folders.js";
import { Shell } from "./shell.js";

const folder = temporaryFolder(t);
const shell = new Shell(t, folder);
const cluster = await connect(await shell.up());
t.teardown(() => cluster.close());

/** All files of it say which one it is, and no two have the same files. */
function generation(number: number): Contents {
  const files = Array.from({ length: 3 + (number % 4) }, (_, index) => [`d${index}/f${index}`, `${number}\n`]);
  return Object.fromEntries([...files, ["large", `${number}\n`.repeat(40_000)]]);
}

/** Which one this is all of. */
function generationOf(contents: Contents): number {
  const number = Number.parseInt(contents.large ?? "", 10);
  t.same(contents, generation(number), `generation ${number} is whole`);
  return number;
}

/** As one transaction function sees them. */
async function readWhole(): Promise<Contents> {
  const result = await cluster.transaction(async ({ files }) => {
    const { files: found } = await files.list({ prefix: "site/" });
    const texts = await Promise.all(
      found.map(async ({ path }) => [path.slice(5), await (await files.read(path)).text()]),
    );
    return Object.fromEntries(texts) as Contents;
  });
  return result.outcome === "committed" ? result.value : {};
}

const REPLACED = 20;

t.test(`replaced ${REPLACED} times, whoever lists and reads meanwhile sees a whole version`, async (t) => {
  const site = join(folder, "site");
  const publish = async (number: number) => {
    rmSync(site, { recursive: true, force: true });
    make(site, generation(number));
    const { ending } = await uploadFolder(cluster, site, "site/", { transfer: new Transfer(), mirror: true });
    t.match(ending, { outcome: "committed" });
  };
  await publish(0);
  let published = false;
  const seen: number[] = [];
  const reader = async (look: () => Promise<Contents>) => {
    while (!published) seen.push(generationOf(await look()));
  };
  const target = join(folder, "copy");
  const copy = async () => {
    await downloadFolder(cluster, "site/", target, { transfer: new Transfer(), mirror: true });
    return contentsOf(target);
  };
  const readers = [reader(readWhole), reader(copy)];
  for (let number = 1; number <= REPLACED; number += 1) await publish(number);
  published = true;
  await Promise.all(readers);
  t.ok(seen.length >= 2);
  t.equal(generationOf(await contentsIn(cluster, "site/")), REPLACED);
});

t.test("killed in mid-copy: the folder is the old one, or the new one, and nothing stays staged", async (t) => {
  const large = (text: string) =>
    Object.fromEntries(["a", "b", "c", "d"].map((name) => [name, text.repeat(6_000_000)]));
  const source = make(join(folder, "kill"), { ...large("n"), e: "new" });
  await uploadFolder(cluster, make(join(folder, "kill-old"), { a: "old", e: "old" }), "kill/", {
    transfer: new Transfer(),
  });
  const staged = () => readdirSync(join(folder, "served", "nodes", "n1", "staged"));
  const child = shell.start("cp", "-r", "--delete", source, "ayes:kill/");
  while (staged().length === 0 && child.exitCode === null) await sleep(1);
  child.kill("SIGKILL");
  await once(child, "exit");
  while (staged().length > 0) await sleep(10);
  const sizes = (await list(cluster, "kill/")).map(([path, size]) => `${path} ${size}`).join();
  const [old, fresh] = ["a 3,e 3", "a 6000000,b 6000000,c 6000000,d 6000000,e 3"];
  t.ok([old, fresh].includes(sizes), sizes);
});

async function list(from: Cluster, prefix: string): Promise<[string, number][]> {
  const { files } = await from.files.list({ prefix });
  return files.map(({ path, size }) => [path.slice(prefix.length), size]);
}
