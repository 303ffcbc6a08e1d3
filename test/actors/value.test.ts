/** Values: equality by meaning, and sums that are exact or refused. */

import t from "tap";
import { addTo, sameValue } from "../../actors/value.js";

t.test("JSON texts are equal when they mean the same", async (t) => {
  const pairs: [string, string, boolean][] = [
    ["1", "1.0", true],
    ['{"a":1,"b":[2]}', '{ "b": [2], "a": 1 }', true],
    ['{"a":1}', '{"a":1,"b":null}', false],
    ["[1,2]", "[2,1]", false],
    ["[]", "{}", false],
    ["null", "{}", false],
    ['"1"', "1", false],
    ['{"__proto__":1}', '{"__proto__":1}', true],
    ['{"__proto__":1}', "{}", false],
    ['{"constructor":1}', '{"constructor":2}', false],
  ];
  for (const [left, right, same] of pairs) t.equal(sameValue(left, right), same, `${left} and ${right}`);
});

t.test("bytes are equal byte by byte, and never equal to a text", async (t) => {
  t.ok(sameValue(Uint8Array.of(1, 2), Uint8Array.of(1, 2)));
  t.notOk(sameValue(Uint8Array.of(1, 2), Uint8Array.of(1, 3)));
  t.notOk(sameValue(Uint8Array.of(1), Uint8Array.of(1, 2)));
  t.notOk(sameValue(Uint8Array.of(49), "1"));
});

t.test("a sum is exact, or refused", async (t) => {
  t.equal(addTo(undefined, 5), "5", "an absent number counts as 0");
  t.equal(addTo("41", 1), "42");
  t.equal(addTo("0.5", 1), "1.5");
  t.equal(addTo(String(Number.MAX_SAFE_INTEGER), -1), String(Number.MAX_SAFE_INTEGER - 1));
  t.match(addTo(String(Number.MAX_SAFE_INTEGER), 1), { code: "out-of-range" });
  t.match(addTo("1e300", 1), { code: "out-of-range" });
  t.match(addTo("0.1", 9007199254740991), { code: "out-of-range" }, "nothing is rounded");
  for (const value of ['"5"', "null", "[1]", "{}", "true"]) t.match(addTo(value, 1), { code: "not-a-number" }, value);
  t.match(addTo(Uint8Array.of(5), 1), { code: "not-a-number" });
});
