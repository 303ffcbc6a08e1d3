/** The lock table: first arrival wins, all keys or none. */

import t from "tap";
import { LockTable } from "../../actors/locks.js";

t.test("the first writer holds its keys until it lets go", async (t) => {
  const locks = new LockTable();
  locks.acquire("t1", { writes: ["a", "b"], reads: [], ranges: [] });
  t.same(locks.conflict({ writes: ["b", "c"], reads: [], ranges: [] }), { key: "b", winner: "t1" });
  t.same(locks.conflict({ writes: [], reads: ["a"], ranges: [] }), { key: "a", winner: "t1" });
  t.equal(locks.conflict({ writes: ["c"], reads: [], ranges: [] }), undefined);
  locks.release("t1");
  t.equal(locks.conflict({ writes: ["a", "b"], reads: [], ranges: [] }), undefined);
  t.equal(locks.size, 0);
});

t.test("readers share a key and keep writers out until the last one leaves", async (t) => {
  const locks = new LockTable();
  locks.acquire("t1", { writes: [], reads: ["a"], ranges: [] });
  locks.acquire("t2", { writes: ["b"], reads: ["a"], ranges: [] });
  t.same(locks.conflict({ writes: ["a"], reads: [], ranges: [] }), { key: "a", winner: "t1" });
  locks.release("t1");
  t.same(locks.conflict({ writes: ["a"], reads: [], ranges: [] }), { key: "a", winner: "t2" });
  t.equal(locks.writer("a"), undefined, "a reader does not make other readers wait");
  locks.release("t2");
  t.equal(locks.size, 0);
});

t.test("to take a held key is a broken assumption, not a wait", async (t) => {
  const locks = new LockTable();
  locks.acquire("t1", { writes: ["a"], reads: [], ranges: [] });
  t.throws(() => locks.acquire("t2", { writes: ["a"], reads: [], ranges: [] }), { code: "assertion" });
});

t.test("letting go twice, or of nothing, does nothing", async (t) => {
  const locks = new LockTable();
  locks.acquire("t1", { writes: ["a"], reads: [], ranges: [] });
  locks.release("t2");
  t.equal(locks.writer("a"), "t1");
  locks.release("t1");
  locks.acquire("t2", { writes: ["a"], reads: [], ranges: [] });
  locks.release("t1");
  t.equal(locks.writer("a"), "t2");
});

t.test("a range that was read keeps out those who write in it, and waits for nobody", async (t) => {
  const locks = new LockTable();
  locks.acquire("t1", { writes: ["b"], reads: [], ranges: [{ start: "a", end: "c" }] });
  t.same(locks.conflict({ writes: ["a"], reads: [], ranges: [] }), { key: "a", winner: "t1" }, "a new key too");
  t.equal(locks.conflict({ writes: ["c"], reads: [], ranges: [] }), undefined, "the end is outside");
  t.equal(locks.conflict({ writes: ["Z"], reads: ["a"], ranges: [{ start: "c" }] }), undefined);
  t.same(locks.conflict({ writes: [], reads: [], ranges: [{ end: "bb" }] }), { key: "b", winner: "t1" });
  t.same(locks.writerIn({ start: "b" }), { key: "b", winner: "t1" });
  locks.acquire("t2", { writes: [], reads: [], ranges: [{ start: "c" }] });
  locks.release("t1");
  t.equal(locks.conflict({ writes: ["a"], reads: [], ranges: [{}] }), undefined);
  t.same(locks.conflict({ writes: ["😀"], reads: [], ranges: [] }), { key: "😀", winner: "t2" }, "without an end");
  locks.release("t2");
  t.equal(locks.size, 0);
});
