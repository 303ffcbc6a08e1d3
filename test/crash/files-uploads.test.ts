/** Uploads that do not come to their end: the client is gone, the name is somebody else's, a node dies, the disk is full. */

import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readdirSync, statfsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import t, { type Test } from "tap";
import { SmallDisk } from "../../cli/torture/disk.js";
import { until } from "../../cli/torture/polling.js";
import type { Cluster, Result } from "../../runtime/api.js";
import { connect, open } from "../../runtime/client.js";
import { serve } from "../../runtime/gateway/server.js";
import { contentsFolder, stagedFolder } from "../../storage/contents.js";
import { temporaryFolder } from "../storage/folder.js";

const CLIENT = fileURLToPath(new URL("./files-client.js", import.meta.url));
const MEGABYTE = 1024 * 1024;
const LARGE = 300_000;

async function started(t: Test, data = temporaryFolder(t)) {
  const nodes = ["n1", "n2", "n3"].map((node) => join(data, "nodes", node));
  // Who asks around early aborts what a slow machine has not voted on yet.
  const cluster = await open({ data, chaos: true, settings: { inquireAfterMs: 5000, resendAfterMs: 100 } });
  t.teardown(() => cluster.close());
  const staged = () => nodes.flatMap((node) => readdirSync(stagedFolder(node)));
  const kept = () => nodes.flatMap((node) => readdirSync(contentsFolder(node)));
  return { data, cluster, staged, kept };
}

async function bytesOf({ files }: Cluster, path: string): Promise<Buffer> {
  return Buffer.from(await (await files.read(path)).bytes());
}

/** Says why, when it is not so. */
function committed(t: Test, result: Result): void {
  t.equal(result.outcome, "committed", JSON.stringify(result));
}

/** Gives out a first part, and the rest when it is told to. */
function held(bytes: Buffer): { source: AsyncIterable<Uint8Array>; go(): void } {
  let go = () => {};
  const told = new Promise<void>((resolve) => {
    go = resolve;
  });
  const source = (async function* () {
    yield bytes.subarray(0, 2 * MEGABYTE);
    await told;
    yield bytes.subarray(2 * MEGABYTE);
  })();
  return { source, go };
}

t.test("a client that is killed, and one whose connection is closed, leave nothing of their uploads", async (t) => {
  const { cluster, staged, kept } = await started(t);
  const serving = await serve(cluster, { port: 0, chaos: false });
  t.teardown(() => serving.close());
  const { NODE_OPTIONS: _, ...env } = process.env;
  const client = spawn(process.execPath, [CLIENT, serving.url, "vanished"], { env, stdio: "inherit" });
  t.teardown(() => client.kill("SIGKILL"));
  await until("the upload is under way", () => staged().length === 3);
  client.kill("SIGKILL");
  await once(client, "exit");
  await until("nothing is left of it", () => staged().length === 0);
  const link = await connect(serving.url);
  const id = await link.traffic.beginUpload();
  await link.traffic.upload(id, randomBytes(3 * MEGABYTE));
  await until("the next one is under way", () => staged().length === 3);
  await link.close();
  await until("nothing is left of that either", () => staged().length === 0);
  await t.rejects(cluster.files.stat("vanished"), { code: "not-found" });
  committed(t, await cluster.files.write("vanished", randomBytes(LARGE)));
  t.equal(kept().length, 3);
});

t.test("of two uploads of one name each is whole, and the last to commit is there", async (t) => {
  const { cluster, staged, kept } = await started(t);
  const [slow, quick] = [randomBytes(3 * MEGABYTE), randomBytes(3 * MEGABYTE)];
  const { source, go } = held(slow);
  const writing = cluster.files.write("name", source);
  await until("it is under way", () => staged().length === 3);
  committed(t, await cluster.files.write("name", quick));
  t.ok((await bytesOf(cluster, "name")).equals(quick));
  go();
  committed(t, await writing);
  t.ok((await bytesOf(cluster, "name")).equals(slow));
  await until("the former one is gone", () => kept().length === 3);
  t.same(staged(), []);
});

t.test("a replica that dies in the middle of an upload and is back has it, too", async (t) => {
  const { cluster, staged, kept } = await started(t);
  const bytes = randomBytes(3 * MEGABYTE);
  const { source, go } = held(bytes);
  const writing = cluster.files.write("patient", source);
  await until("it is under way", () => staged().length === 3);
  const { epoch = 0 } = (await cluster.status()).nodes.find(({ id }) => id === "n2") ?? {};
  await cluster.crash("n2");
  await until("n2 is back", async () => {
    const n2 = (await cluster.status()).nodes.find(({ id }) => id === "n2");
    return n2?.state === "up" && (n2.epoch ?? 0) > epoch;
  });
  go();
  committed(t, await writing);
  t.equal(kept().length, 3);
  const reading = await cluster.files.read("patient", { replica: "n2" });
  t.ok(Buffer.from(await reading.bytes()).equals(bytes));
  t.equal(reading.replica, "n2");
});

t.test("a disk that becomes full in the middle of an upload", async (t) => {
  const data = temporaryFolder(t);
  await (await open({ data })).close();
  const disk = SmallDisk.under(join(data, "nodes", "n3"));
  if (typeof disk === "string") {
    t.comment(disk);
    return;
  }
  t.teardown(() => disk.remove({ keep: false }));
  const { cluster, staged, kept } = await started(t, data);
  await cluster.files.write("before", randomBytes(LARGE));
  disk.fill(80 * MEGABYTE);
  let least = Number.POSITIVE_INFINITY;
  const much = (function* () {
    for (let piece = 0; piece < 100; piece += 1) {
      const { bavail, bsize } = statfsSync(join(data, "nodes", "n3"));
      least = Math.min(least, bavail * bsize);
      yield randomBytes(MEGABYTE);
    }
  })();
  await t.rejects(cluster.files.write("much", much, { size: 100 * MEGABYTE }), { code: "disk-full" });
  t.equal(much.next().value?.length, MEGABYTE, "what is declared is refused before it is taken");
  await t.rejects(cluster.files.write("much", much), { code: "disk-full" });
  t.ok(least > 40 * MEGABYTE, `what is kept free for promises stays free: ${least}`);
  t.same(staged(), [], "what was staged anywhere is gone");
  // There is room left for promises.
  committed(t, await cluster.put("key", 1));
  t.equal((await bytesOf(cluster, "before")).length, LARGE);
  t.equal(kept().length, 3);
  disk.free();
  committed(t, await cluster.files.write("much", randomBytes(20 * MEGABYTE)));
});
