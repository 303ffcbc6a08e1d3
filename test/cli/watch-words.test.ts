/** The words of `watch`: a number repeats a statement, everything else is about changes. */

import t from "tap";
import { parse } from "../../cli/language/parse.js";

t.test("which changes to show", async (t) => {
  t.same(parse(`watch; watch accounts/ --since begin; watch --since=x.5 ["a",5]; watch '1'`), [
    { kind: "follow", prefix: undefined, since: undefined },
    { kind: "follow", prefix: "accounts/", since: "begin" },
    { kind: "follow", prefix: ["a", 5], since: "x.5" },
    { kind: "follow", prefix: "1", since: undefined },
  ]);
  t.match(parse("watch 1 status"), [{ kind: "watch", everyMs: 1000, statement: { kind: "status" } }]);
});

t.test("mistakes", async (t) => {
  for (const [text, says] of [
    ["watch 1 watch a", /^watch cannot be repeated/],
    ["watch a b", /^unexpected "b"/],
    ["watch a --sinse begin", /^unknown option --sinse; did you mean --since\?/],
    ["watch --since", /^--since needs a value/],
    ["watch a --since x.1 --since x.2", /^--since is given twice/],
  ] as const) {
    t.throws(() => parse(text), { message: says }, text);
  }
});
