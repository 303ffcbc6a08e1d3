/** The lock table: first arrival wins, all keys or none. */

import t from "tap";
import { LockTable } from "../../actors/locks.js";

t.test("the first writer holds its keys until it lets go", async (t) => {
  const locks = new LockTable();
  locks.acquire("t1", { writes: ["a", "b"], reads: [] });
  t.same(locks.conflict({ writes: ["b", "c"], reads: [] }), { key: "b", winner: "t1" });
  t.same(locks.conflict({ writes: [], reads: ["a"] }), { key: "a", winner: "t1" });
  t.equal(locks.conflict({ writes: ["c"], reads: [] }), undefined);
  locks.release("t1");
  t.equal(locks.conflict({ writes: ["a", "b"], reads: [] }), undefined);
  t.equal(locks.size, 0);
});

t.test("readers share a key and keep writers out until the last one leaves", async (t) => {
  const locks = new LockTable();
  locks.acquire("t1", { writes: [], reads: ["a"] });
  locks.acquire("t2", { writes: ["b"], reads: ["a"] });
  t.same(locks.conflict({ writes: ["a"], reads: [] }), { key: "a", winner: "t1" });
  locks.release("t1");
  t.same(locks.conflict({ writes: ["a"], reads: [] }), { key: "a", winner: "t2" });
  t.equal(locks.writer("a"), undefined, "a reader does not make other readers wait");
  locks.release("t2");
  t.equal(locks.size, 0);
});

t.test("to take a held key is a broken assumption, not a wait", async (t) => {
  const locks = new LockTable();
  locks.acquire("t1", { writes: ["a"], reads: [] });
  t.throws(() => locks.acquire("t2", { writes: ["a"], reads: [] }), { code: "assertion" });
});

t.test("letting go twice, or of nothing, does nothing", async (t) => {
  const locks = new LockTable();
  locks.acquire("t1", { writes: ["a"], reads: [] });
  locks.release("t2");
  t.equal(locks.writer("a"), "t1");
  locks.release("t1");
  locks.acquire("t2", { writes: ["a"], reads: [] });
  locks.release("t1");
  t.equal(locks.writer("a"), "t2");
});
