/** The smallest histories that have one anomaly each, beside the histories without it. */

import type { Span } from "./histories.js";
import { a, del, get, put, r, s, together, txn, w } from "./spans.js";

type Case = { wrong: Span[]; right: Span[]; names: string[]; lines?: number };

export const CASES: Record<string, Case> = {
  "a value that nobody wrote": {
    wrong: [put(0, [1, 2], "x", 1), get(1, [3, 4], "x", 7)],
    right: [put(0, [1, 2], "x", 1), get(1, [3, 4], "x", 1)],
    names: ["phantom value"],
    lines: 1,
  },
  "a value whose write failed": {
    wrong: [{ ...put(0, [1, 2], "x", 1), failed: true }, get(1, [3, 4], "x", 1)],
    right: [{ ...put(0, [1, 2], "x", 1), failed: true }, get(1, [3, 4], "x", null)],
    names: ["G1a"],
    lines: 2,
  },
  "an old value": {
    wrong: [put(0, [1, 2], "x", 1), put(0, [3, 4], "x", 2), get(1, [5, 6], "x", 1)],
    right: [put(0, [1, 2], "x", 1), put(0, [3, 5], "x", 2), get(1, [4, 6], "x", 1)],
    names: ["stale read"],
    lines: 3,
  },
  "nothing, where something is": {
    wrong: [put(0, [1, 2], "x", 1), get(1, [3, 4], "x", null)],
    right: [put(0, [1, 3], "x", 1), get(1, [2, 4], "x", null)],
    names: ["stale read"],
    lines: 2,
  },
  "a value that comes back": {
    wrong: [
      put(0, [1, 9], "x", 1),
      put(1, [2, 10], "x", 2),
      get(2, [3, 4], "x", 1),
      get(2, [5, 6], "x", 2),
      get(2, [7, 8], "x", 1),
    ],
    right: [
      put(0, [1, 9], "x", 1),
      put(1, [2, 10], "x", 2),
      get(2, [3, 4], "x", 1),
      get(2, [5, 6], "x", 2),
      get(2, [7, 8], "x", 2),
    ],
    names: ["stale read"],
  },
  "a deleted value": {
    wrong: [put(0, [1, 2], "x", 1), del(0, [3, 4], "x"), get(1, [5, 6], "x", 1), get(1, [7, 8], "x", null)],
    right: [put(0, [1, 2], "x", 1), del(0, [3, 6], "x"), get(1, [4, 5], "x", 1), get(1, [7, 8], "x", null)],
    names: ["stale read"],
    lines: 3,
  },
  "a value from the future": {
    wrong: [get(1, [1, 2], "x", 1), put(0, [3, 4], "x", 1)],
    right: [get(1, [1, 3], "x", 1), put(0, [2, 4], "x", 1)],
    names: ["future read"],
    lines: 2,
  },
  "an unknown write that takes effect and is undone": {
    wrong: [put(0, [1], "x", 1), get(1, [2, 3], "x", 1), get(1, [4, 5], "x", null)],
    right: [put(0, [1], "x", 1), get(1, [2, 3], "x", null), get(1, [4, 5], "x", null), get(1, [6, 7], "x", 1)],
    names: ["stale read"],
  },
  "an unknown delete that must have happened": {
    wrong: [put(0, [1, 2], "x", 1), del(3, [3], "x"), get(1, [4, 5], "x", null), get(1, [6, 7], "x", 1)],
    right: [put(0, [1, 2], "x", 1), del(3, [3], "x"), get(1, [4, 5], "x", 1), get(1, [6, 7], "x", null)],
    names: ["stale read"],
  },
  "G1a of a list": {
    wrong: [{ ...txn(0, [1, 2], a("x", 1)), failed: true }, txn(1, [3, 4], r("x", [1]))],
    right: [{ ...txn(0, [1, 2], a("x", 1)), failed: true }, txn(1, [3, 4], r("x", null))],
    names: ["G1a"],
  },
  "G1b of a list": {
    wrong: together([a("x", 1), a("x", 2)], [r("x", [1])]),
    right: together([a("x", 1), a("x", 2)], [r("x", [1, 2])]),
    names: ["G1b"],
    lines: 2,
  },
  "G1b of a register": {
    wrong: together([w("x", 1), w("x", 2)], [r("x", 1)]),
    right: together([w("x", 1), w("x", 2)], [r("x", 2)]),
    names: ["G1b"],
  },
  "a transaction that does not see its own append": {
    wrong: together([a("x", 1), r("x", [])]),
    right: together([a("x", 1), r("x", [1])]),
    names: ["internal"],
  },
  "a transaction that reads two values": {
    wrong: together([r("x", null), r("x", 1)], [w("x", 1)]),
    right: together([r("x", 1), r("x", 1)], [w("x", 1)]),
    names: ["internal"],
  },
  "a transaction that sees what it appends later": {
    wrong: together([r("x", [1]), a("x", 1)]),
    right: together([r("x", []), a("x", 1)]),
    names: ["internal"],
  },
  "an element twice": {
    wrong: together([a("x", 1)], [r("x", [1, 1])]),
    right: together([a("x", 1)], [r("x", [1])]),
    names: ["duplicate element"],
  },
  "an element that nobody appended": {
    wrong: together([a("x", 1)], [r("x", [1, 9])]),
    right: together([a("x", 1)], [r("x", [1])]),
    names: ["phantom value"],
  },
  "two orders of a list": {
    wrong: together([a("x", 1)], [a("x", 2)], [r("x", [1, 2])], [r("x", [2, 1])]),
    right: together([a("x", 1)], [a("x", 2)], [r("x", [1, 2])], [r("x", [1])]),
    names: ["incompatible order"],
  },
  G0: {
    wrong: together([a("x", 1), a("y", 1)], [a("x", 2), a("y", 2)], [r("x", [1, 2])], [r("y", [2, 1])]),
    right: together([a("x", 1), a("y", 1)], [a("x", 2), a("y", 2)], [r("x", [1, 2])], [r("y", [1, 2])]),
    names: ["G0"],
    lines: 4,
  },
  "G0-realtime": {
    wrong: [txn(0, [1, 2], a("x", 1)), txn(0, [3, 4], a("x", 2)), txn(0, [5, 6], r("x", [2, 1]))],
    right: [txn(0, [1, 2], a("x", 1)), txn(0, [3, 4], a("x", 2)), txn(0, [5, 6], r("x", [1, 2]))],
    names: ["G0-realtime"],
    lines: 3,
  },
  G1c: {
    wrong: together([a("x", 1), r("y", [1])], [a("y", 1), r("x", [1])]),
    right: together([a("x", 1), r("y", [1])], [a("y", 1), r("x", [])]),
    names: ["G1c"],
    lines: 2,
  },
  "G1c-realtime": {
    wrong: [txn(0, [1, 2], r("x", [1])), txn(0, [3, 4], a("x", 1))],
    right: [txn(0, [1, 3], r("x", [1])), txn(1, [2, 4], a("x", 1))],
    names: ["G1c-realtime"],
    lines: 2,
  },
  "G-single": {
    wrong: together([a("x", 1), a("y", 1)], [r("x", []), r("y", [1])]),
    right: together([a("x", 1), a("y", 1)], [r("x", [1]), r("y", [1])]),
    names: ["G-single"],
    lines: 2,
  },
  "G-single of registers": {
    wrong: together([w("x", 1), w("y", 1)], [r("x", null), r("y", 1)]),
    right: together([w("x", 1), w("y", 1)], [r("x", 1), r("y", 1)]),
    names: ["G-single"],
    lines: 2,
  },
  "G-single-realtime": {
    wrong: [txn(0, [1, 2], a("x", 1)), txn(1, [3, 4], r("x", [])), txn(0, [5, 6], r("x", [1]))],
    right: [txn(0, [1, 4], a("x", 1)), txn(1, [2, 3], r("x", [])), txn(0, [5, 6], r("x", [1]))],
    names: ["G-single-realtime"],
    lines: 2,
  },
  "an append that nobody ever sees": {
    wrong: [txn(0, [1, 2], a("x", 1)), txn(1, [3, 4], r("x", null))],
    right: [txn(0, [1, 3], a("x", 1)), txn(1, [2, 4], r("x", null))],
    names: ["G-single-realtime"],
    lines: 2,
  },
  G2: {
    wrong: together([r("x", []), a("y", 1)], [r("y", []), a("x", 1)], [r("x", [1]), r("y", [1])]),
    right: together([r("x", [1]), a("y", 1)], [r("y", []), a("x", 1)], [r("x", [1]), r("y", [1])]),
    names: ["G2"],
    lines: 2,
  },
  "G2 of registers": {
    wrong: together([r("x", null), w("y", 1)], [r("y", null), w("x", 1)]),
    right: together([r("x", 1), w("y", 1)], [r("y", null), w("x", 1)]),
    names: ["G2"],
    lines: 2,
  },
  "write skew between keys that were read": {
    wrong: [
      put(0, [1, 2], "a", 50),
      put(0, [3, 4], "b", 51),
      txn(1, [5, 9], r("a", 50), r("b", 51), w("a", -49)),
      txn(2, [6, 8], r("a", 50), r("b", 51), w("b", -48)),
      txn(3, [10, 11], r("a", -49), r("b", -48)),
    ],
    right: [
      put(0, [1, 2], "a", 50),
      put(0, [3, 4], "b", 51),
      txn(1, [5, 9], r("a", 50), r("b", 51), w("a", -49)),
      txn(2, [6, 8], r("a", -49), r("b", 51), w("b", -48)),
      txn(3, [10, 11], r("a", -49), r("b", -48)),
    ],
    names: ["G2"],
  },
  "long fork": {
    wrong: together([w("x", 1)], [w("y", 1)], [r("x", 1), r("y", null)], [r("x", null), r("y", 1)]),
    right: together([w("x", 1)], [w("y", 1)], [r("x", 1), r("y", null)], [r("x", null), r("y", null)]),
    names: ["long fork", "G2"],
    lines: 4,
  },
  "long fork between scans": {
    wrong: together([w("k/x", 1)], [w("k/y", 1)], [s("k/", ["k/x", 1])], [s("k/", ["k/y", 1])]),
    right: together([w("k/x", 1)], [w("k/y", 1)], [s("k/", ["k/x", 1])], [s("k/", ["k/x", 1], ["k/y", 1])]),
    names: ["phantom", "long fork", "G2"],
    lines: 4,
  },
  "phantom: each comes into the range that the other one has scanned": {
    wrong: together([s("k/"), w("k/x", 1)], [s("k/"), w("k/y", 1)]),
    right: together([s("k/"), w("k/x", 1)], [s("k/", ["k/x", 1]), w("k/y", 1)]),
    names: ["phantom", "G2"],
    lines: 2,
  },
  "phantom: a key that came, and what was written when it came": {
    wrong: together([w("k/x", 1), w("count", 1)], [s("k/"), r("count", 1)]),
    right: together([w("k/x", 1), w("count", 1)], [s("k/", ["k/x", 1]), r("count", 1)]),
    names: ["phantom", "G-single"],
    lines: 2,
  },
  "a scan that misses what was there before it began": {
    wrong: [put(0, [1, 2], "k/x", 1), txn(1, [3, 4], s("k/"))],
    right: [put(0, [1, 3], "k/x", 1), txn(1, [2, 4], s("k/"))],
    names: ["stale read"],
    lines: 2,
  },
  "a scan that finds a key after it was deleted": {
    wrong: [
      put(0, [1, 2], "k/x", 1),
      txn(1, [3, 4], w("k/x", null), w("other", 1)),
      txn(2, [5, 6], s("k/", ["k/x", 1])),
    ],
    right: [put(0, [1, 2], "k/x", 1), txn(1, [3, 4], w("k/x", null), w("other", 1)), txn(2, [5, 6], s("k/"))],
    names: ["G-single-realtime"],
  },
  "a scan that does not find what its own transaction has put": {
    wrong: together([w("k/x", 1), s("k/")]),
    right: together([w("k/x", 1), s("k/", ["k/x", 1])]),
    names: ["internal"],
    lines: 1,
  },
  "G2-realtime: two readers see two writes in opposite orders": {
    wrong: [
      txn(0, [1, 10], a("x", 1)),
      txn(1, [2, 11], a("y", 1)),
      txn(2, [3, 4], r("x", [1])),
      txn(2, [5, 6], r("y", [])),
      txn(3, [3.5, 4.5], r("y", [1])),
      txn(3, [5.5, 6.5], r("x", [])),
    ],
    right: [
      txn(0, [1, 10], a("x", 1)),
      txn(1, [2, 11], a("y", 1)),
      txn(2, [3, 5.6], r("x", [1])),
      txn(2, [5.7, 6], r("y", [1])),
      txn(3, [3.5, 4.5], r("y", [1])),
      txn(3, [5.5, 6.5], r("x", [])),
    ],
    names: ["G-single-realtime"],
  },
  "a lost update of a list": {
    wrong: together([r("x", []), a("x", 1)], [r("x", []), a("x", 2)], [r("x", [1, 2])]),
    right: together([r("x", []), a("x", 1)], [r("x", [1]), a("x", 2)], [r("x", [1, 2])]),
    names: ["lost update", "G-single"],
    lines: 3,
  },
  "a lost update of a register": {
    wrong: together([r("x", null), w("x", 1)], [r("x", null), w("x", 2)]),
    right: together([r("x", null), w("x", 1)], [r("x", 1), w("x", 2)]),
    names: ["lost update", "G2"],
    lines: 2,
  },
  "a stale get beside transactions": {
    wrong: [txn(0, [1, 2], w("x", 1), w("y", 1)), txn(0, [3, 4], w("x", 2), w("y", 2)), get(1, [5, 6], "x", 1)],
    right: [txn(0, [1, 2], w("x", 1), w("y", 1)), txn(0, [3, 4], w("x", 2), w("y", 2)), get(1, [5, 6], "x", 2)],
    names: ["G-single-realtime"],
    lines: 3,
  },
  "half of an unknown transaction": {
    wrong: [txn(0, [1], a("x", 1), a("y", 1)), txn(1, [2, 3], r("x", [1])), txn(1, [4, 5], r("y", []))],
    right: [txn(0, [1], a("x", 1), a("y", 1)), txn(1, [2, 3], r("x", [])), txn(1, [4, 5], r("y", [1]))],
    names: ["G-single-realtime"],
    lines: 3,
  },
};
