/** What may enter the core and what may not: limits, shapes, and that what enters is a copy. */

import { runInNewContext } from "node:vm";
import t, { type Test } from "tap";
import { AyesError, type ErrorCode } from "../../runtime/errors.js";
import { checkKey, checkPrefix } from "../../runtime/keys.js";
import { checkLimit, checkPlan, checkReadOptions } from "../../runtime/requests.js";
import {
  checkChecks,
  checkDeadline,
  checkId,
  checkOperations,
  checkTransaction,
  decodeValue,
  encodeValue,
} from "../../runtime/validation.js";

const MIB = 1024 * 1024;

function refuses(test: Test, action: () => unknown, code: ErrorCode, says: RegExp): void {
  try {
    action();
    test.fail(`must be refused with ${code}: ${says}`);
  } catch (error) {
    test.ok(error instanceof AyesError, `an error of the table, not ${String(error)}`);
    test.match(error, { code, message: says });
  }
}

function nest(levels: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < levels; level += 1) value = [value];
  return value;
}

t.test("keys", async (t) => {
  t.equal(checkKey("a"), "a");
  for (const key of [
    "__proto__",
    "constructor",
    "toString",
    " ",
    "a\0\u0001",
    "\u0002",
    "a/b",
    "..",
    "é".repeat(512),
  ]) {
    t.equal(checkKey(key), key);
  }
  refuses(t, () => checkKey(""), "invalid", /must not be empty/);
  for (const key of ["\0", "\u0000members"]) refuses(t, () => checkKey(key), "invalid", /begins with U\+0000/);
  refuses(t, () => checkKey("x".repeat(1025)), "too-large", /1025 bytes; the limit is 1024/);
  refuses(t, () => checkKey("é".repeat(513)), "too-large", /1026 bytes/);
  refuses(t, () => checkKey("😀".repeat(257)), "too-large", /1028 bytes/);
  refuses(t, () => checkKey("a\ud800"), "invalid", /lone surrogate/);
  refuses(t, () => checkKey("\udc00"), "invalid", /lone surrogate/);
  for (const key of [undefined, null, 1, {}]) {
    refuses(t, () => checkKey(key), "invalid", /must be a string or an array/);
  }
  for (const key of ["\0", "\0members"]) refuses(t, () => checkKey(key), "invalid", /the cluster's own keys/);
  refuses(t, () => checkKey("\u0001sa\0"), "invalid", /begins with U\+0001.*write one as an array/);
});

t.test("ids and deadlines", async (t) => {
  for (const id of ["1", "order 7", "überweisung", "a/b", "x".repeat(128)]) t.equal(checkId(id), id);
  refuses(t, () => checkId("x".repeat(129)), "too-large", /129 characters; the limit is 128/);
  for (const id of ["", "a\n", "\u200b", "\ud800", "a\u2028b", 1, null]) refuses(t, () => checkId(id), "invalid", /id/);
  t.equal(checkDeadline(undefined), 5000);
  t.equal(checkDeadline(1), 1);
  t.equal(checkDeadline(600_000), 600_000);
  for (const ms of [0, -1, 1.5, 600_001, Number.NaN, "10", null]) {
    refuses(t, () => checkDeadline(ms), "invalid", /from 1 to 600000/);
  }
});

t.test("values come back as they went in", async (t) => {
  const values = [null, true, false, 0, -1.5, 1e300, "", "ä😀\u0000", [], {}, [1, [2, { a: [] }]], { a: { b: null } }];
  for (const value of values) t.strictSame(decodeValue(encodeValue(value)), value);
  t.equal(encodeValue(-0), "0", "JSON has no negative zero");
  t.equal(encodeValue({ a: undefined, b: 1 }), '{"b":1}', "undefined properties are left out, as JSON does");
  t.equal(encodeValue(Object.assign(Object.create(null), { a: 1 })), '{"a":1}');
  t.equal(encodeValue(runInNewContext('({ a: [1, "x"] })')), '{"a":[1,"x"]}', "objects of another realm are plain too");
  t.strictSame(decodeValue(encodeValue(nest(256))), nest(256));
});

t.test("__proto__ and constructor are names like any other", async (t) => {
  const text = '{"__proto__":{"constructor":1},"constructor":{"__proto__":[2]},"toJSON":3}';
  t.equal(encodeValue(JSON.parse(text)), text);
  const value = decodeValue(text);
  t.ok(Object.hasOwn(value as object, "__proto__"));
  t.equal(Object.getPrototypeOf(value), Object.prototype);
  const operations = ["__proto__", "constructor"].map((key) => ({ op: "put", key, value: key }));
  t.strictSame(checkOperations(operations), [
    { op: "put", key: "__proto__", value: '"__proto__"' },
    { op: "put", key: "constructor", value: '"constructor"' },
  ]);
});

t.test("what is not JSON is refused by name", async (t) => {
  class Account {}
  const bad: [unknown, RegExp][] = [
    [Number.NaN, /the value is NaN/],
    [{ a: [1, { "b c": Number.POSITIVE_INFINITY }] }, /the value\.a\[1\]\["b c"\] is Infinity/],
    [undefined, /is undefined/],
    [[1, undefined], /the value\[1\] is undefined/],
    [new Array(3), /the value\[0\] is undefined/],
    [() => 1, /is a function/],
    [{ toJSON: () => 1 }, /the value\.toJSON is a function/],
    [Symbol("a"), /is a symbol/],
    [10n, /is a bigint/],
    [{ at: new Date() }, /the value\.at is an instance of Date/],
    [new Map(), /an instance of Map/],
    [new Account(), /an instance of Account/],
    [new Uint16Array(2), /an instance of Uint16Array.*Uint8Array of their own/],
    [{ a: new Uint8Array(2) }, /the value\.a is an instance of Uint8Array.*of their own/],
    ["\ud800", /lone surrogate/],
    [{ "\udc00": 1 }, /lone surrogate/],
    [["a", "\ud83d"], /the value\[1\] contains a lone surrogate/],
  ];
  for (const [value, says] of bad) refuses(t, () => encodeValue(value), "invalid", says);
});

t.test("nesting, cycles and endless graphs end in a sentence", async (t) => {
  refuses(t, () => encodeValue(nest(257)), "invalid", /nested deeper than 256/);
  refuses(t, () => encodeValue(nest(100_000)), "invalid", /nested deeper than 256/);
  const cycle: Record<string, unknown> = {};
  cycle.a = [{ b: cycle }];
  refuses(t, () => encodeValue(cycle), "invalid", /contains itself/);
  let shared: unknown = [];
  for (let level = 0; level < 200; level += 1) shared = [shared, shared];
  refuses(t, () => encodeValue(shared), "too-large", /1 MiB/);
});

t.test("a value has at most 1 MiB", async (t) => {
  t.equal(encodeValue("x".repeat(MIB - 2)).length, MIB);
  refuses(t, () => encodeValue("x".repeat(MIB - 1)), "too-large", /1048577 bytes as JSON; the limit is 1048576/);
  refuses(t, () => encodeValue("é".repeat(MIB / 2)), "too-large", /limit/);
  refuses(t, () => encodeValue("\u0001".repeat(MIB / 4)), "too-large", /limit/);
  refuses(t, () => encodeValue(new Array(MIB).fill(0)), "too-large", /limit/);
  t.equal(encodeValue(new Uint8Array(MIB)).length, MIB);
  refuses(t, () => encodeValue(new Uint8Array(MIB + 1)), "too-large", /1048577 bytes; the limit is 1048576/);
});

t.test("what enters is a copy", async (t) => {
  const bytes = new Uint8Array([1, 2, 3]);
  const stored = encodeValue(bytes);
  bytes[0] = 9;
  t.strictSame(stored, new Uint8Array([1, 2, 3]));
  const shared = new Uint8Array(new SharedArrayBuffer(4), 1, 2);
  const copy = encodeValue(shared) as Uint8Array;
  t.ok(copy.buffer instanceof ArrayBuffer);
  t.equal(copy.length, 2);
  const slice = encodeValue(Buffer.from("hello").subarray(1, 3)) as Uint8Array;
  t.equal(slice.buffer.byteLength, 2, "only the slice, not the pool behind it");
  t.not(Buffer.isBuffer(slice), true);
  t.not(decodeValue(slice), slice, "and what leaves is a copy too");
});

t.test("operations", async (t) => {
  const operations = [
    { op: "put", key: "a", value: { x: 1 } },
    { op: "del", key: "b" },
    { op: "add", key: "c", delta: -5 },
  ];
  t.strictSame(checkOperations(operations), [{ ...operations[0], value: '{"x":1}' }, operations[1], operations[2]]);
  t.strictSame(checkOperations([{ op: "del", key: "a", value: undefined }]), [{ op: "del", key: "a" }]);
  const bad: [unknown, RegExp][] = [
    [undefined, /operations must be an array/],
    [{ 0: 1 }, /operations must be an array/],
    [[null], /operations\[0\] must be an object/],
    [new Array(1), /operations\[0\] must be an object/],
    [[{ op: "increment", key: "a" }], /operations\[0\]\.op is "increment"; known: put, del, add/],
    [[{ op: "__proto__", key: "a" }], /known: put, del, add/],
    [[{ key: "a" }], /op is undefined; known/],
    [[{ op: "put", key: "a" }], /operations\[0\]\.value is undefined/],
    [[{ op: "put", key: "", value: 1 }], /operations\[0\]\.key must not be empty/],
    [[{ op: "put", key: "a", value: 1, ttl: 3 }], /unknown field "ttl"; known: op, key, value/],
    [[JSON.parse('{"op":"del","key":"a","__proto__":1}')], /unknown field "__proto__"/],
    [
      [
        { op: "del", key: "a" },
        { op: "put", key: "a", value: 1 },
      ],
      /operations\[0\] and operations\[1\]/,
    ],
  ];
  for (const [list, says] of bad) refuses(t, () => checkOperations(list), "invalid", says);
  for (const delta of [undefined, 0.5, 2 ** 53, Number.NaN, "1", 1n]) {
    refuses(t, () => checkOperations([{ op: "add", key: "a", delta }]), "invalid", /operations\[0\]\.delta must be/);
  }
});

t.test("checks", async (t) => {
  const checks = [
    { key: "a", is: "exists" },
    { key: "a", is: "equals", value: [1] },
    { key: "b", is: "version", version: "t1" },
  ];
  t.strictSame(checkChecks(checks), [checks[0], { ...checks[1], value: "[1]" }, checks[2]]);
  t.strictSame(checkChecks(undefined), []);
  const bad: [unknown, RegExp][] = [
    [{}, /checks must be an array/],
    [[{ key: "a", is: "missing" }], /known: exists, absent, equals, version/],
    [[{ key: "a", is: "exists", value: 1 }], /unknown field "value"/],
    [[{ key: "a", is: "equals" }], /checks\[0\]\.value is undefined/],
    [[{ key: "a", is: "version" }], /checks\[0\]\.version must be a string/],
  ];
  for (const [list, says] of bad) refuses(t, () => checkChecks(list), "invalid", says);
});

t.test("a transaction as a whole", async (t) => {
  const put = (key: string, value: unknown) => ({ op: "put", key, value });
  const many = Array.from({ length: 1001 }, (_, index) => put(`k${index}`, 1));
  t.equal(checkTransaction(many.slice(1)).operations.length, 1000);
  refuses(t, () => checkTransaction(many), "too-large", /there are 1001 operations; the limit is 1000/);
  const checks = many.map(({ key }) => ({ key, is: "exists" }));
  refuses(t, () => checkTransaction([], { checks }), "too-large", /1001 checks/);
  refuses(t, () => checkTransaction([]), "invalid", /at least one operation or check/);
  refuses(t, () => checkTransaction([put("a", 1)], { deadline: 5 }), "invalid", /unknown field "deadline"/);
  refuses(t, () => checkTransaction([put("a", 1)], { protocol: "4pc" }), "invalid", /"4pc"; known: 2pc/);
  refuses(t, () => checkTransaction([put("a", 1)], null), "invalid", /options must be an object/);
  t.match(checkTransaction([], { checks: checks.slice(1), id: "x" }), {
    id: "x",
    protocol: undefined,
    deadlineMs: 5000,
  });
  const large = "x".repeat(MIB - 100);
  const half = Array.from({ length: 9 }, (_, index) => put(`k${index}`, large));
  const equals = half.map(({ key, value }) => ({ key, is: "equals", value }));
  refuses(t, () => checkTransaction(half, { checks: equals }), "too-large", /16 MiB/);
  t.equal(checkTransaction(half, { checks: equals.slice(2) }).checks.length, 7);
});

t.test("other requests", async (t) => {
  t.strictSame(checkReadOptions(), { read: "linearizable", deadlineMs: 5000 });
  t.strictSame(checkReadOptions({ replica: "n1", read: "committed" }), {
    read: "committed",
    deadlineMs: 5000,
    replica: "n1",
  });
  refuses(t, () => checkReadOptions({ read: "dirty" }), "invalid", /known: linearizable, committed/);
  refuses(t, () => checkReadOptions({ reed: "committed" }), "invalid", /unknown field/);
  t.equal(checkLimit(undefined), 100);
  for (const limit of [0, 10_001, 1.5, "3"]) refuses(t, () => checkLimit(limit), "invalid", /from 1 to 10000/);
  refuses(t, () => checkPrefix("\ud800"), "invalid", /surrogate/);
  refuses(t, () => checkPrefix("x".repeat(1025)), "too-large", /1025 bytes; the limit is 1024/);
  t.strictSame(checkPlan({ at: "after-vote", hit: 2, txn: "t" }), { at: "after-vote", hit: 2, txn: "t" });
  refuses(t, () => checkPlan({ at: "after-lunch" }), "invalid", /known: partial-vote-request, before-vote/);
  refuses(t, () => checkPlan({ targets: ["n1"] }), "invalid", /targets go with .*partial-decision only/);
  refuses(t, () => checkPlan({ hit: 2 }), "invalid", /need at/);
  refuses(t, () => checkPlan({ at: "after-vote", hit: 0 }), "invalid", /hit must be/);
  refuses(t, () => checkPlan([]), "invalid", /must be an object, not an array/);
});
