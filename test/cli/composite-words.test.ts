/** Composite keys as they are typed. */

import t from "tap";
import { parse, parseWords } from "../../cli/language/parse.js";

t.test("a key in brackets is a composite key", async (t) => {
  t.same(parse('get ["a", 5.0, true]; del ["a"]; keys ["a"]; tx put ["a",1] [2], check ["b"] exists'), [
    { kind: "get", key: ["a", 5, true], options: {} },
    { kind: "step", step: { kind: "del", key: ["a"] } },
    { kind: "keys", prefix: ["a"], limit: 100 },
    {
      kind: "tx",
      options: {},
      steps: [
        { kind: "put", key: ["a", 1], value: { literal: [2] } },
        { kind: "check", key: ["b"], is: "exists" },
      ],
    },
  ]);
  t.same(parse(`get '["a"]'`), [{ kind: "get", key: '["a"]', options: {} }], "quotes make text");
  t.same(parseWords(["get", '["a",5]']), { kind: "get", key: ["a", 5], options: {} }, "as a shell cuts it");
  const prefix = ["accounts"];
  t.match(parse('constraint add ["accounts"] min 0'), [{ kind: "constrain", prefix, rules: { min: 0 } }]);
  for (const key of ["{}", "[1,null]", "[[]]"])
    t.throws(() => parse(`put ${key} 1`), { message: /the key is text, or a list/ });
  t.throws(() => parse("get [a]"), { message: /not valid JSON/ });
  t.throws(() => parse("get [9007199254740993]"), { message: /cannot be held exactly/ });
});
