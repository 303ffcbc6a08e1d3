/** Whatever byte is flipped and whatever page is zeroed: it is noticed, or everything is still as it was written. */

import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { Examiner } from "../../runtime/healing/examiner.js";
import { randomFrom } from "../../runtime/simulation/random.js";
import { openLmdb } from "../../storage/lmdb.js";
import type { Storage } from "../../storage/storage.js";
import { concluded, put } from "../contract/records.js";
import { temporaryFolder } from "./folder.js";

const IDENTITY = { cluster: "abc", node: "n1" };
const PAGE_BYTES = 4096;
const KEYS = 600;

const folder = join(temporaryFolder(t), "n1");
const expected = new Map<string, string>();

/** Enough for a tree with branches, some values that need pages of their own, and a log. */
function fill(storage: Storage, commits: number): void {
  for (let commit = 0; commit < commits; commit += 1) {
    const writes = Array.from({ length: 30 }, (_, index) => {
      const key = `key/${((commit * 30 + index) * 7919) % KEYS}`;
      const value = `"${commit}${"v".repeat(index === 7 ? 9000 : (index * commit) % 500)}"`;
      expected.set(key, value);
      return put(key, value);
    });
    storage.commit({ records: [concluded(`t${commit}`)], writes });
  }
}

const storage = openLmdb({ folder, identity: IDENTITY, create: true });
Array.from(storage.replay());
fill(storage, 30);
storage.close();
const again = openLmdb({ folder, identity: IDENTITY, create: false });
const log = JSON.stringify(Array.from(again.replay()));
again.close();
const whole = readFileSync(join(folder, "lmdb", "data.mdb"));

/** What a damaged copy of the store still answers wrongly, if a look at it finds nothing. */
async function unnoticed(examiner: Examiner, harm: (bytes: Buffer) => void): Promise<string[] | "noticed"> {
  const damaged = join(temporaryFolder(t), "n1");
  cpSync(folder, damaged, { recursive: true });
  const bytes = Buffer.from(whole);
  harm(bytes);
  writeFileSync(join(damaged, "lmdb", "data.mdb"), bytes);
  try {
    await examiner.open({ folder: damaged, identity: IDENTITY, sinceEpoch: 0 });
    if ((await examiner.examine()).damages.length > 0) return "noticed";
  } catch {
    return "noticed";
  }
  const store = openLmdb({ folder: damaged, identity: IDENTITY, create: false, scrubbed: true });
  const wrong = [...expected].filter(([key, value]) => store.get(key)?.value !== value).map(([key]) => key);
  if (JSON.stringify(Array.from(store.replay())) !== log) wrong.push("the log");
  if (store.keys("", KEYS * 2).length !== expected.size) wrong.push("the list of keys");
  store.close();
  rmSync(damaged, { recursive: true });
  return wrong;
}

const KINDS: Record<string, (random: () => number) => (bytes: Buffer) => void> = {
  "flipped bytes": (random) => (bytes) => {
    const at = Math.floor(random() * bytes.length);
    bytes.writeUInt8(bytes.readUInt8(at) ^ (1 + Math.floor(random() * 255)), at);
  },
  "flipped bits in the heads of pages": (random) => (bytes) => {
    const page = Math.floor((random() * bytes.length) / PAGE_BYTES);
    const at = page * PAGE_BYTES + Math.floor(random() * 48);
    bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << Math.floor(random() * 8)), at);
  },
  "pages of zeros": (random) => (bytes) => {
    const start = Math.floor((random() * bytes.length) / PAGE_BYTES) * PAGE_BYTES;
    bytes.fill(0, start, start + PAGE_BYTES);
  },
};

for (const [kind, draw] of Object.entries(KINDS)) {
  t.test(kind, async (t) => {
    const random = randomFrom(kind.length);
    let examiner = new Examiner();
    t.teardown(() => examiner.close());
    let noticed = 0;
    for (let round = 0; round < 40; round += 1) {
      const answer = await unnoticed(examiner, draw(random));
      if (answer === "noticed") noticed += 1;
      else t.same(answer, [], `round ${round} of ${kind}`);
      if (examiner.over) examiner = new Examiner();
    }
    t.ok(noticed > 0, `${noticed} of 40 were noticed; the others hit what nobody reads`);
  });
}
