/** The rules for votes: which keys a pattern means, what counts as bytes, and how a rule reads. */

import t from "tap";
import type { Value } from "../../actors/transaction.js";
import { ALWAYS, objectionTo, succeed, type Validator, validatorText } from "../../actors/validator.js";
import { parse } from "../../cli/language/parse.js";
import { misfit } from "../../runtime/schema.js";

const EMPTY = { read: () => undefined, misfit };

function objection(validator: Validator, key: string, value: Value | undefined) {
  return objectionTo([{ key, value, version: "t" }], validator, EMPTY);
}

/** Every text of at most this length over an alphabet of three. */
function texts(alphabet: string, length: number): string[] {
  const shorter = length === 0 ? [] : texts(alphabet, length - 1);
  return length === 0 ? [""] : ["", ...shorter.flatMap((text) => [...alphabet].map((letter) => text + letter))];
}

t.test("a pattern means the same keys as the expression it stands for", async (t) => {
  const keys = texts("ab", 5);
  let meant = 0;
  for (const pattern of texts("ab*", 4)) {
    const expression = new RegExp(`^${pattern.replaceAll("*", ".*")}$`);
    for (const key of keys) {
      const found = objection({ rule: "must-exist", keys: pattern }, key, "1") !== undefined;
      if (found !== expression.test(key)) t.fail(`${pattern} and ${key}`);
      meant += Number(found);
    }
  }
  t.ok(meant > 100);
  t.ok(objection({ rule: "must-exist", keys: "a.c" }, "a.c", "1"));
  t.notOk(objection({ rule: "must-exist", keys: "a.c" }, "abc", "1"), "nothing but * is special");
});

t.test("bytes are those of the JSON text in UTF-8, or those of the value", async (t) => {
  for (const text of ['""', '"abc"', '"é"', '"€"', '"😀"', '{"a":["é€😀"]}']) {
    const bytes = Buffer.byteLength(text);
    t.notOk(objection({ rule: "max-value-bytes", bytes }, "k", text), text);
    const detail = `max-value-bytes ${bytes - 1}: it would become ${text}, of ${bytes} bytes`;
    t.same(objection({ rule: "max-value-bytes", bytes: bytes - 1 }, "k", text), { key: "k", detail });
  }
  t.notOk(objection({ rule: "max-value-bytes", bytes: 3 }, "k", new Uint8Array(3)));
  t.ok(objection({ rule: "max-value-bytes", bytes: 3 }, "k", new Uint8Array(4)));
});

t.test("a minimum is for numbers", async (t) => {
  const rule: Validator = { rule: "minimum", keys: "k", least: -0.5 };
  for (const value of ["-0.5", "0", "1e300"]) t.notOk(objection(rule, "k", value), value);
  t.match(objection(rule, "k", "-0.51"), { key: "k", detail: "minimum k -0.5: it would become -0.51" });
  const others: [Value, string][] = [
    ['"1"', '"1", of type string'],
    ["null", "null, of type null"],
    ["[1]", "[1], of type array"],
    ["true", "true, of type boolean"],
    [new Uint8Array(1), "1 bytes, of type bytes"],
  ];
  for (const [value, said] of others) {
    t.match(objection(rule, "k", value), { detail: `minimum k -0.5: it would become ${said}` });
  }
  t.notOk(objection(rule, "k", undefined), "it may be deleted");
});

t.test("what rules after what", async (t) => {
  const most: Validator = { rule: "max-value-bytes", bytes: 1 };
  const once = succeed(most, { rule: "no-next" });
  t.same(once, { rule: "no-next", after: most });
  t.same(succeed(once, { rule: "no-next" }), once, "once is not twice");
  t.same(succeed(once, ALWAYS), ALWAYS, "a rule that is set takes its place");
  t.same(succeed(most, once), once);
});

t.test("a rule reads as it can be typed again", async (t) => {
  const rules: Validator[] = [
    ALWAYS,
    { rule: "max-value-bytes", bytes: 0 },
    { rule: "create-only" },
    { rule: "must-exist", keys: "log/*" },
    { rule: "minimum", keys: "accounts/*", least: -1.5 },
    { rule: "minimum", keys: 'my "own" keys/*;, é\n', least: 0 },
    { rule: "create-only", keys: "--id" },
  ];
  for (const rule of rules)
    t.same(parse(`validator n1 ${validatorText(rule)}`), [{ kind: "validator", node: "n1", rule }]);
  t.equal(validatorText({ rule: "no-next", after: { rule: "outside" } }), "no-next, then outside");
});
