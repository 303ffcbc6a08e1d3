/** Bytes that were staged: they wait for a transaction that takes them, however often one tries, and leave nothing behind. */

import { randomBytes } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { until } from "../../cli/torture/polling.js";
import { open } from "../../runtime/client.js";
import { contentsFolder, stagedFolder } from "../../storage/contents.js";
import { temporaryFolder } from "../storage/folder.js";

const data = temporaryFolder(t);
const cluster = await open({ data, replicas: 3, chaos: true });
t.teardown(() => cluster.close());
const NODES = ["n1", "n2", "n3"].map((node) => join(data, "nodes", node));
const LARGE = 300_000;

const staged = () => NODES.flatMap((node) => readdirSync(stagedFolder(node)));
const keeping = (digest: string) => NODES.filter((node) => existsSync(join(contentsFolder(node), digest)));

t.test("what a transaction that aborted had taken is still there for the next one", async (t) => {
  const content = await cluster.files.stage(randomBytes(LARGE));
  await cluster.crash("n2", { at: "vote-no" });
  const operation = { op: "writeFile", path: "again", content } as const;
  t.match(await cluster.transact([operation]), { outcome: "aborted", why: { node: "n2" } });
  await until("the others have let go of it", () => keeping(content.digest).length === 0);
  t.match(await cluster.transact([operation]), { outcome: "committed" });
  await cluster.files.release(content);
  t.same(staged(), []);
  t.equal(keeping(content.digest).length, 3);
});

t.test("a function whose stream was taken when a replica was away commits when that is back", async (t) => {
  await cluster.crash("n3");
  const source = (async function* () {
    yield randomBytes(LARGE);
  })();
  const result = await cluster.transaction(async ({ files }) => files.write("once", source), { deadlineMs: 20_000 });
  t.match(result, { outcome: "committed" });
  t.same(staged(), []);
});

t.test("the same bytes, uploaded with another digest declared, are no reason to lose them", async (t) => {
  const bytes = randomBytes(LARGE);
  const content = await cluster.files.stage(bytes);
  await t.rejects(cluster.files.stage(bytes, { digest: "0".repeat(64) }), { code: "invalid" });
  t.match(await cluster.files.write("declared", content), { outcome: "committed" });
  await cluster.files.release(content);
  t.same(staged(), []);
});

t.test("of two who have staged the same bytes, the first to leave takes nothing away", async (t) => {
  const bytes = randomBytes(LARGE);
  const [first, second] = [await cluster.files.stage(bytes), await cluster.files.stage(bytes)];
  await cluster.files.release(first);
  t.equal(staged().length, 3);
  t.match(await cluster.files.write("second", second), { outcome: "committed" });
  await cluster.files.release(second);
  t.same(staged(), []);
});

t.test("many who write the same bytes to files of their own do not take them from each other", async (t) => {
  for (let round = 1; round <= 20; round += 1) {
    const bytes = randomBytes(LARGE);
    const results = await Promise.all(
      [1, 2, 3, 4].map(async (client) => {
        await new Promise((resolve) => setTimeout(resolve, client * round * 0.5));
        return cluster.files.write(`same/${client}`, bytes);
      }),
    );
    t.same(
      results.filter(({ outcome }) => outcome !== "committed"),
      [],
    );
  }
  t.same(staged(), []);
  await until("only what is needed is kept", () =>
    NODES.every((node) => readdirSync(contentsFolder(node)).length === 5),
  );
});
