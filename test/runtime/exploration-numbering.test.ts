/** The explorer's memory loses no state, takes none for another, and keeps them in their order, however many there are. */

import t from "tap";
import { Numbering } from "../../runtime/exploration/numbering.js";
import { exploreProcesses } from "../../runtime/exploration/report.js";

const MANY = 1_000_000;

t.test("a million texts have a million numbers, and come back", async (t) => {
  const numbering = new Numbering();
  const wrong: number[] = [];
  for (let number = 0; number < MANY; number += 1) {
    if (numbering.number(textOf(number)) !== number) wrong.push(number);
  }
  t.same(wrong.slice(0, 3), [], "each is new");
  for (let number = MANY - 1; number >= 0; number -= 1) {
    if (numbering.number(textOf(number)) !== number) wrong.push(number);
    if (numbering.text(number) !== textOf(number)) wrong.push(number);
  }
  t.same(wrong.slice(0, 3), [], "each is known");
  t.equal(numbering.size, MANY);
});

t.test("texts that are nearly the same are different", async (t) => {
  const numbering = new Numbering();
  const texts = ["", "\0", "\0\0", "ab", "a", "b", "ba", "\uffff", "\ud800", "\udc00", "\ud800\udc00", "abc", "bc"];
  for (const [number, text] of texts.entries()) t.equal(numbering.number(text), number);
  for (const [number, text] of texts.entries()) t.equal(numbering.text(number), text);
  t.same(
    texts.map((text) => numbering.number(text)),
    [...texts.keys()],
  );
});

t.test("three-phase commit keeps every invariant, in exactly so many states", async (t) => {
  const expected = { distinctStates: 3830, transitions: 10_600, depth: 15, beyond: 0, violation: null };
  t.match(exploreProcesses({ processes: 3, crashes: 1 }), expected);
  const lonely = { distinctStates: 2838, transitions: 7719, depth: 16, violation: null };
  t.match(exploreProcesses({ processes: 2, crashes: 3 }), lonely);
});

/** Of three units to five, which use all 16 bits; no two are the same. */
function textOf(number: number): string {
  const units = [number & 0x3f, (number >> 6) & 0xff, (number >> 14) << 10];
  return String.fromCharCode(...units.slice(0, 1 + (number % 3)), number & 0xffff, number >> 16);
}
