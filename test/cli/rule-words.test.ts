/** Constraints and validators as they are typed. */

import t from "tap";
import { parse, parseWords } from "../../cli/language/parse.js";
import { Problem } from "../../cli/language/problem.js";

function problemOf(text: string): Problem {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  throw new Error(`no problem with ${text}`);
}

t.test("constraints", async (t) => {
  t.same(parse("constraint list"), [{ kind: "constraints" }]);
  const rules = { min: -1.5, max: 9, type: "number", createOnly: true, mustExist: true, maxBytes: 5 };
  const words = "min -1.5 max 9 type number create-only must-exist max-bytes 5";
  t.same(parse(`constraint add a/ ${words}`), [{ kind: "constrain", prefix: "a/", rules }]);
  t.same(parse(`constraint add '' ${words.replace(/\b[a-z][a-z-]+/g, "--$&").replace("--number", "number")}`), [
    { kind: "constrain", prefix: "", rules },
  ]);
  t.same(
    parseWords(["constraint", "add", "a/", "--min", "-1.5"]),
    parse("constraint add a/ min -1.5")[0],
    "as a shell passes it",
  );
  const shape = (text: string) => parse(`constraint add a/ shape ${text}`)[0];
  t.match(shape("user.json"), { rules: { shape: { file: "user.json" } } });
  t.match(shape("@user.json"), { rules: { shape: { file: "user.json" } } });
  t.match(shape('{"type":"object"}'), { rules: { shape: { literal: { type: "object" } } } });
  t.match(parseWords(["constraint", "add", "a/", "--shape", '{"type":"object"}']), shape('{"type":"object"}'));
  t.same(parse("constraint remove a/"), [{ kind: "unconstrain", prefix: "a/", kinds: [] }]);
  t.same(parse("constraint remove a/ min --create-only"), [
    { kind: "unconstrain", prefix: "a/", kinds: ["min", "createOnly"] },
  ]);
  t.match(problemOf("constraint").message, /what to do is missing/);
  t.match(problemOf("constraint ad a/ min 0").message, /what to do is one of list, add, remove.*did you mean add\?/);
  t.match(problemOf("constraint add").message, /the prefix is missing/);
  t.match(problemOf("constraint add a/").message, /a constraint is missing/);
  t.match(problemOf("constraint add a/ --mim 0").message, /a constraint is one of min, .* did you mean min\?/);
  t.match(problemOf("constraint add a/ min").message, /the number after min is missing/);
  t.match(problemOf("constraint add a/ min x").message, /min is a number, not "x"/);
  t.match(problemOf("constraint add a/ type text").message, /the type is one of string,/);
  t.match(problemOf("constraint add a/ min 0 min 1").message, /min is given twice/);
  t.match(problemOf("constraint list a/").message, /unexpected "a\/"/);
});

t.test("validators", async (t) => {
  const rule = (text: string) => (parse(text)[0] as { rule: unknown }).rule;
  t.same(parse("validator n2"), [{ kind: "validator", node: "n2", rule: undefined }]);
  t.same(rule("validator n2 ALWAYS"), { rule: "always" });
  t.same(rule("validator n2 no-next"), { rule: "no-next" });
  t.same(rule("validator n2 max-value-bytes 100"), { rule: "max-value-bytes", bytes: 100 });
  t.same(rule("validator n2 create-only"), { rule: "create-only" });
  t.same(rule("validator n2 must-exist 'a b*'"), { rule: "must-exist", keys: "a b*" });
  t.same(rule("validator n2 minimum accounts/* -1.5"), { rule: "minimum", keys: "accounts/*", least: -1.5 });
  t.same(
    parseWords(["validator", "n2", "minimum", "accounts/*", "-1"]),
    parse("validator n2 minimum accounts/* -1")[0],
  );
  t.match(problemOf("validator").message, /the node is missing/);
  t.match(problemOf("validator n2 mininum a 0").message, /the rule is one of always, .* did you mean minimum\?/);
  t.match(problemOf("validator n2 max-value-bytes").message, /the number of bytes is missing/);
  t.match(problemOf("validator n2 max-value-bytes -1").message, /a whole number of at least 0, not "-1"/);
  t.match(problemOf("validator n2 max-value-bytes 1.5").message, /a whole number/);
  t.match(problemOf("validator n2 minimum 0").message, /the least value is missing/);
  for (const text of ["x", "1e999", "NaN", "9007199254740993", '""']) {
    t.match(problemOf(`validator n2 minimum a ${text}`).message, /the least value is a number, not/);
  }
  t.match(problemOf("validator n2 always 1").message, /unexpected "1"/);
});
