/** What every storage promises to those who follow its changes. */

import type { Test } from "tap";
import { assert } from "../../actors/protocol.js";
import type { Change, ChangesFound, Effect, Position } from "../../actors/transaction.js";
import { randomFrom } from "../../runtime/simulation/random.js";
import type { Retention } from "../../storage/changes.js";
import type { Storage } from "../../storage/storage.js";
import { prepared } from "./records.js";
import { ready } from "./storage.js";

/** Opens the same store again at each call. */
export type OpenRetaining = (retained?: Retention) => Storage;

const ALL = { limit: 1_000_000, bytes: 1_000_000_000 };

export function changesContract(t: Test, name: string, setup: (t: Test) => OpenRetaining): void {
  const promise = (what: string, check: (t: Test, open: OpenRetaining) => void) =>
    t.test(`${name}: ${what}`, async (t) => check(t, setup(t)));
  promise("changes come in the order of their positions, then of their ids", inOrder);
  promise("pages follow each other without a gap, and never part a position", pages);
  promise("what is copied is no change", copies);
  promise("history begins where it is said to begin", beginnings);
  promise("the oldest leave when there are too many, and whoever needs them is told", retention);
  promise("the largest position outlives the records that said it", clocks);
}

/** What a transaction writes at a position. */
function change(position: Position, txn: string, ...keys: string[]): Effect[] {
  return keys.map((key) => ({ key, value: `"${txn}"`, version: txn, position }));
}

function since(storage: Storage, position: Position, upTo = Number.MAX_SAFE_INTEGER): ChangesFound {
  return storage.changes({ since: position, upTo, ...ALL });
}

function told(found: ChangesFound): string[] {
  return "begin" in found
    ? [`begins at ${found.begin}`]
    : found.changes.map(({ position, txn }) => `${position} ${txn}`);
}

function inOrder(t: Test, open: OpenRetaining): void {
  const storage = ready(open);
  storage.commit({ records: [], writes: [...change(5, "t5", "a", "b"), ...change(2, "t2", "a")] });
  storage.commit({ records: [], writes: [...change(4, "ta", "c"), ...change(4, "t4", "d")] });
  storage.commit({ records: [], writes: [{ key: "a", value: undefined, version: "t7", position: 7 }] });
  const wanted = ["2 t2", "4 t4", "4 ta", "5 t5", "7 t7"];
  t.same(told(since(storage, 0)), wanted);
  t.same(told(since(storage, 2)), wanted.slice(1), "after a position");
  t.same(told(since(storage, 0, 4)), wanted.slice(0, 3), "up to a position, with it");
  t.same(told(since(storage, 7)), []);
  const found = since(storage, 4);
  t.same(found, {
    changes: [
      { position: 5, txn: "t5", writes: ["a", "b"].map((key) => ({ key, value: '"t5"' })) },
      { position: 7, txn: "t7", writes: [{ key: "a", value: undefined }] },
    ],
    upTo: Number.MAX_SAFE_INTEGER,
  });
  storage.close();
  t.same(told(since(ready(open), 0)), wanted, "also after re-opening");
}

/** Against a plain list, over re-openings. */
function pages(t: Test, open: OpenRetaining): void {
  const random = randomFrom(5);
  const whole = (below: number) => Math.floor(random() * below);
  let storage = ready(open);
  const model: string[] = [];
  for (let commit = 1; commit <= 200; commit += 1) {
    const changes = Array.from({ length: whole(4) }, (_, index) =>
      change(commit + whole(12), `t${commit}.${index}`, "k"),
    );
    storage.commit({ records: [], writes: changes.flat() });
    model.push(...changes.map(([write]) => `${String(write?.position).padStart(6)} ${write?.version}`));
    if (commit % 60 === 0) storage = ready(open); // As after a crash: nobody closed it.
  }
  model.sort();
  for (const limit of [1, 2, 7, 1000]) {
    const seen: Change[] = [];
    for (let position = 0; position < 150; ) {
      const found = storage.changes({ since: position, upTo: 150, limit, bytes: ALL.bytes });
      assert(!("begin" in found), "all of them are kept");
      t.ok(found.upTo > position, "each page leads on");
      seen.push(...found.changes);
      position = found.upTo;
    }
    const wanted = model.filter((line) => Number(line.slice(0, 6)) <= 150);
    t.same(
      seen.map(({ position, txn }) => `${String(position).padStart(6)} ${txn}`),
      wanted,
      `pages of ${limit}`,
    );
  }
  const small = storage.changes({ since: 0, upTo: 150, limit: 1000, bytes: 1 });
  t.ok("changes" in small && small.changes.length >= 1 && small.changes.length < 12, "bytes are a limit too");
  storage.close();
}

function copies(t: Test, open: OpenRetaining): void {
  const storage = ready(open);
  storage.commit({ records: [], writes: [...change(1, "t1", "a"), { key: "b", value: "1", version: "t0" }] });
  t.same(told(since(storage, 0)), ["1 t1"]);
  t.equal(storage.get("b")?.version, "t0");
  storage.close();
  const again = ready(open);
  t.equal(again.get("b")?.version, "t0");
  again.close();
}

function beginnings(t: Test, open: OpenRetaining): void {
  const storage = ready(open);
  storage.commit({ records: [], writes: change(3, "t3", "a") });
  storage.commit({ records: [], writes: change(9, "t9", "view"), reach: { clock: 9, begin: 9 } });
  storage.commit({ records: [], writes: change(10, "t10", "a"), reach: { clock: 9, begin: 9 } });
  t.same(since(storage, 8), { begin: 9 });
  t.same(told(since(storage, 9)), ["10 t10"]);
  storage.close();
  const again = ready(open);
  t.same(since(again, 8), { begin: 9 }, "also after re-opening");
  again.close();
}

function retention(t: Test, open: OpenRetaining): void {
  const few = { changes: 10, bytes: ALL.bytes };
  let storage = ready(() => open(few));
  const commit = (position: Position) => storage.commit({ records: [], writes: change(position, `t${position}`, "k") });
  for (let position = 1; position <= 30; position += 1) commit(position);
  // Nothing leaves before its data is in its place: at the latest when the store is opened again.
  storage.close();
  storage = ready(() => open(few));
  for (let position = 31; position <= 50; position += 1) commit(position);
  const found = since(storage, 0);
  const begin = "begin" in found ? found.begin : 0;
  t.ok(begin > 0, "the oldest have left");
  t.ok(50 - begin >= 10, "and as many as are retained are there");
  t.same(
    told(since(storage, begin)),
    Array.from({ length: 50 - begin }, (_, index) => `${begin + 1 + index} t${begin + 1 + index}`),
  );
  t.same(since(storage, begin - 1), { begin });
  t.equal(storage.get("k")?.version, "t50");
  storage.close();
  const again = ready(() => open(few));
  t.same(since(again, begin - 1), { begin }, "also after re-opening");
  t.same(told(since(again, 49)), ["50 t50"]);
  again.close();
}

function clocks(t: Test, open: OpenRetaining): void {
  const storage = ready(open);
  t.equal(storage.reach.clock, 0);
  storage.commit({ records: [prepared("t1")], writes: [], reach: { clock: 12, begin: 0 } });
  t.equal(storage.reach.clock, 12);
  storage.commit({ records: [], writes: change(4, "t4", "a"), reach: { clock: 12, begin: 0 } });
  storage.close();
  const again = ready(open);
  t.equal(again.reach.clock, 12);
  again.commit({ records: [], writes: change(20, "t20", "a") });
  t.equal(again.reach.clock, 20);
  again.close();
}
