/** A content lives exactly as long as it is needed, at whatever moment its node dies: with real folders and a real store. */

import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { fileKey, markKey } from "../../actors/file.js";
import { LockTable } from "../../actors/locks.js";
import type { Output } from "../../actors/protocol.js";
import type { Prepared } from "../../actors/record.js";
import type { Write } from "../../actors/transaction.js";
import { Custodian } from "../../runtime/files/custodian.js";
import { contentsFolder, FolderContents, stagedFolder } from "../../storage/contents.js";
import { openLmdb } from "../../storage/lmdb.js";
import { temporaryFolder } from "../storage/folder.js";

const DIGEST = "cd".repeat(32);
const ROW = fileKey("a");
const MARK = markKey(DIGEST, "a");
const NOTHING: Output = { records: [], writes: [], messages: [] };

/** A replica that dies whenever a test says so, and lives again. */
class Replica {
  readonly folder: string;
  readonly locks = new LockTable();
  store;
  custodian: Custodian;

  constructor(t: Test) {
    this.folder = temporaryFolder(t);
    this.store = this.#open();
    this.custodian = this.#custodian();
    t.teardown(() => this.store.close());
  }

  get kept(): string[] {
    return readdirSync(contentsFolder(this.folder));
  }

  stage(): void {
    writeFileSync(join(stagedFolder(this.folder), DIGEST), "bytes");
  }

  /** Nothing but what is on disk is left, and its promises come back with the replay. */
  restart(): void {
    this.store.close();
    this.store = this.#open();
    this.custodian = this.#custodian();
  }

  write(value: string | undefined, version: string): Output {
    const writes = [ROW, MARK].map((key): Write & { position: number } => ({ key, value, version, position: 1 }));
    this.store.commit({ records: [], writes, reach: { clock: 1, begin: 0 } });
    return { ...NOTHING, writes };
  }

  #open() {
    const identity = { cluster: "c", node: "n1" };
    const store = openLmdb({ folder: this.folder, identity, create: true });
    Array.from(store.replay());
    return store;
  }

  #custodian(): Custodian {
    return new Custodian(new FolderContents(this.folder), this.store, { locks: () => this.locks.list() });
  }
}

const FOOTPRINT = { writes: [ROW, MARK], reads: [], ranges: [] };
const PROMISE: Prepared = {
  kind: "prepared",
  txn: "t1",
  coordinator: "c1",
  attempt: 1,
  participants: ["n1"],
  writes: [ROW, MARK].map((key) => ({ key, value: "1", version: "t1" })),
  reads: [],
  position: 1,
  at: 0,
};
const PROMISED: Output = { ...NOTHING, records: [{ record: PROMISE, forced: true }] };
const ABORTED: Output = {
  ...NOTHING,
  records: [{ record: { kind: "concluded", txn: "t1", attempt: 1, outcome: "aborted" }, forced: false }],
};

t.test("killed between taking a content over and the promise", async (t) => {
  const replica = new Replica(t);
  replica.stage();
  t.ok(replica.custodian.holds(DIGEST));
  replica.custodian.before(PROMISED);
  t.same(replica.kept, [DIGEST]);
  replica.restart();
  t.same(replica.kept, [], "nobody needs it");
  t.ok(replica.custodian.holds(DIGEST), "the uploader may ask again");
});

t.test("killed after the promise, and after the commit before anything is looked at", async (t) => {
  const replica = new Replica(t);
  replica.stage();
  replica.custodian.holds(DIGEST);
  replica.locks.acquire("t1", FOOTPRINT);
  replica.custodian.after(PROMISED);
  replica.restart();
  t.same(replica.kept, [DIGEST], "promised");
  replica.write("1", "t1");
  replica.locks.release("t1");
  replica.restart();
  t.same(replica.kept, [DIGEST], "committed");
  replica.write(undefined, "t2");
  t.same(replica.kept, [DIGEST]);
  replica.restart();
  t.same(replica.kept, [], "killed between the commit of the deletion and the end of the content");
});

t.test("an abort lets go, at once or at the next start", async (t) => {
  for (const dies of [false, true]) {
    const replica = new Replica(t);
    replica.stage();
    replica.custodian.holds(DIGEST);
    replica.locks.acquire("t1", FOOTPRINT);
    replica.custodian.after(PROMISED);
    replica.locks.release("t1");
    if (dies) replica.restart();
    else replica.custodian.after(ABORTED);
    t.same(replica.kept, []);
  }
});

t.test("what was asked for and refused goes with the same turn", async (t) => {
  const replica = new Replica(t);
  replica.stage();
  t.ok(replica.custodian.holds(DIGEST));
  replica.custodian.after(NOTHING);
  t.same(replica.kept, []);
});

t.test("deleted, and promised to another file in the same turn", async (t) => {
  const replica = new Replica(t);
  replica.stage();
  replica.custodian.holds(DIGEST);
  replica.custodian.after(replica.write("1", "t1"));
  t.same(replica.kept, [DIGEST]);
  const other = { writes: [fileKey("b"), markKey(DIGEST, "b")], reads: [], ranges: [] };
  replica.locks.acquire("t2", other);
  replica.custodian.after(replica.write(undefined, "t3"));
  t.same(replica.kept, [DIGEST], "the promise keeps it");
  t.same(replica.custodian.standing(DIGEST), { needed: true, here: true });
  replica.restart();
  t.same(replica.kept, [DIGEST]);
  replica.locks.release("t2");
  replica.custodian.after(ABORTED);
  t.same(replica.kept, [], "and its abort ends it");
});
