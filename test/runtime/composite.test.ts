/** Composite keys: the order of their encoded form in UTF-8 is the order of their parts, and they come back as given. */

import t from "tap";
import { decodeComposite, encodeComposite, type KeyPart } from "../../runtime/composite.js";
import { AyesError } from "../../runtime/errors.js";
import { checkKey, checkPrefix } from "../../runtime/keys.js";
import { shownKey } from "../../runtime/shown.js";
import { Random } from "../../runtime/simulation/random.js";
import { checkOperations } from "../../runtime/validation.js";

type Parts = readonly KeyPart[];

const NUMBERS = [
  -Number.MAX_VALUE,
  -1e300,
  -(2 ** 53),
  -1000.5,
  -2,
  -1.5,
  -1,
  -0.1,
  -Number.MIN_VALUE,
  0,
  Number.MIN_VALUE,
  2 ** -1022,
  0.1,
  1,
  1 + Number.EPSILON,
  1.5,
  2,
  10,
  63,
  64,
  1000.5,
  1_700_000_000_000,
  Number.MAX_SAFE_INTEGER,
  2 ** 53,
  1e300,
  Number.MAX_VALUE,
];
const TEXTS = [
  "",
  "\0",
  "\0\0",
  "\0\u0001",
  "\0a",
  "\u0001",
  "\u0001\0",
  "\u0001\u0001",
  "\u0001\u0002",
  "\u0002",
  "!",
];
TEXTS.push(
  "a",
  "a\0",
  "a\u0001",
  "a\u0002",
  "aa",
  "b",
  "~",
  "\u007f",
  "\u0080",
  "é",
  "\ud7ff",
  "\ue000",
  "\uffff",
  "😀",
);

function rank(part: KeyPart): number {
  return ["boolean", "number", "string"].indexOf(typeof part);
}

function comparePart(left: KeyPart, right: KeyPart): number {
  if (rank(left) !== rank(right)) return rank(left) - rank(right);
  if (typeof left !== "string" || typeof right !== "string") return Math.sign(Number(left) - Number(right));
  return compareLists([...left].map(pointOf), [...right].map(pointOf));
}

function pointOf(character: string): number {
  return character.codePointAt(0) ?? 0;
}

/** The definition, in words of its own: one after the other, then the shorter one. */
function compareLists(left: Parts, right: Parts): number {
  for (let index = 0; index < Math.min(left.length, right.length); index += 1) {
    const order = comparePart(left[index] ?? "", right[index] ?? "");
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

function compareBytes(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}

/** Few values, so that many lists have the same beginning; now and then any bits or any text. */
function drawPart(random: Random): KeyPart {
  const kind = random.whole(0, 9);
  if (kind < 2) return kind === 0;
  if (kind < 5) return random.pick(NUMBERS);
  if (kind < 6) return drawNumber(random);
  if (kind < 9) return random.pick(TEXTS);
  return Array.from({ length: random.whole(0, 4) }, () => random.pick(TEXTS)).join("");
}

function drawNumber(random: Random): number {
  const bits = new DataView(new ArrayBuffer(8));
  bits.setUint32(0, random.whole(0, 2 ** 32 - 1));
  bits.setUint32(4, random.whole(0, 2 ** 32 - 1));
  const value = bits.getFloat64(0);
  return Number.isFinite(value) ? value + 0 : 0;
}

function drawParts(random: Random): KeyPart[] {
  return Array.from({ length: random.whole(1, 4) }, () => drawPart(random));
}

t.test("every pair of edge cases is in order, and comes back", async (t) => {
  const parts: KeyPart[] = [false, true, ...NUMBERS, ...TEXTS];
  for (const [index, part] of parts.entries()) {
    t.strictSame(decodeComposite(encodeComposite([part])), [part]);
    for (const [other, later] of parts.entries()) {
      const order = compareBytes(encodeComposite([part, "x"]), encodeComposite([later, false]));
      const expected = compareLists([part, "x"], [later, false]);
      if (Math.sign(order) !== Math.sign(expected)) t.fail(`${JSON.stringify(part)} and ${JSON.stringify(later)}`);
      if (index < 2 + NUMBERS.length && other < index) t.ok(order > 0, "the lists above are in order");
    }
  }
});

t.test("random keys are in order, come back, and are the prefix of exactly those that begin with them", async (t) => {
  const random = new Random(5);
  for (let round = 0; round < 30_000; round += 1) {
    const left = drawParts(random);
    const right = random.chance(0.3)
      ? [...left.slice(0, random.whole(1, left.length)), drawPart(random)]
      : drawParts(random);
    const [first, second] = [encodeComposite(left), encodeComposite(right)];
    const says = `seed 5, round ${round}: ${JSON.stringify([left, right])}`;
    if (Math.sign(compareBytes(first, second)) !== Math.sign(compareLists(left, right))) t.fail(says);
    const begins =
      left.length <= right.length && left.every((part, index) => comparePart(part, right[index] ?? "") === 0);
    if (second.startsWith(first) !== begins) t.fail(`prefix: ${says}`);
    if (compareLists(left, decodeComposite(first) ?? []) !== 0) t.fail(`comes back: ${says}`);
  }
  t.pass("30,000 pairs");
});

t.test("it is short", async (t) => {
  const length = (parts: Parts) => Buffer.byteLength(encodeComposite(parts));
  t.equal(length([0]), 3);
  t.ok(length([5]) <= 6);
  t.ok(length([1_700_000_000_000]) <= 13);
  t.ok(Math.max(...NUMBERS.map((number) => length([number]))) <= 14);
  t.equal(length(["accounts"]), 11);
  t.equal(length([true, false]), 3);
});

t.test("-0 is 0", async (t) => {
  t.equal(encodeComposite([-0]), encodeComposite([0]));
  t.strictSame(shownKey(checkKey(["a", -0])), ["a", 0]);
});

function refuses(action: () => unknown, says: RegExp, code = "invalid"): void {
  try {
    action();
    t.fail(`must be refused: ${says}`);
  } catch (error) {
    t.ok(error instanceof AyesError);
    t.match(error, { code, message: says });
  }
}

t.test("what cannot be a part is refused, and the message says which it is", async () => {
  const bad: [unknown, RegExp][] = [
    [null, /null/],
    [undefined, /undefined/],
    [{}, /an object/],
    [["a"], /an array/],
    [Number.NaN, /NaN/],
    [Number.POSITIVE_INFINITY, /Infinity/],
    [Number.NEGATIVE_INFINITY, /-Infinity/],
    [1n, /a bigint/],
    [new Date(0), /an instance of Date/],
    [Symbol("a"), /a symbol/],
    ["\ud800", /lone surrogate/],
  ];
  for (const [part, says] of bad) {
    refuses(() => checkKey(["a", part]), /^the key\[1\] /);
    refuses(() => checkKey([part]), says);
    refuses(() => checkOperations([{ op: "del", key: ["a", 1, part] }]), /^operations\[0\]\.key\[2\] /);
  }
  refuses(() => checkKey(new Array(2)), /the key\[0\] .* not undefined/);
  refuses(() => checkKey([]), /has 0 parts; it must have 1 to 32/);
  refuses(() => checkPrefix([]), /the prefix has 0 parts/);
  refuses(() => checkKey(Array(33).fill(1)), /has 33 parts/);
  refuses(() => checkKey(["x".repeat(1022)]), /1025 bytes; the limit is 1024/, "too-large");
  refuses(() => checkKey(["\0".repeat(512)]), /limit is 1024/, "too-large");
  refuses(() => checkOperations([["a"], ["a"]].map((key) => ({ op: "del", key }))), /both have this key/);
});

t.test("what is no encoding stands for nothing", async (t) => {
  const good = encodeComposite(["a\0", -5, 7.25, true]);
  const bad = ["", "\u0001", "\u0001x", "\u0001F ", "\u0001sa", "\u0001nPo~", "\u0001n~", "\u0001p00!", "\u0001p}!"];
  bad.push(
    "\u0001poooooooooooo!",
    "\u0001pooooooooooo!",
    "\u0001sa\u0001\u0003\0",
    "\u0001s\ud800\0",
    "\u0001s\u0001\0",
  );
  bad.push(`\u0001${"F".repeat(33)}`, good.slice(0, -2), `${good}!`);
  for (const text of bad) {
    t.equal(decodeComposite(text), undefined, JSON.stringify(text));
    t.equal(shownKey(text), text);
  }
  for (let cut = 1; cut < good.length; cut += 1) {
    const parts = decodeComposite(good.slice(0, cut));
    if (parts) t.ok(good.startsWith(encodeComposite(parts)), "only between two parts");
  }
});
