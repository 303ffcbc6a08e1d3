/** JSON Schema: what may be demanded, what is refused and why, and what cannot be judged. */

import t, { type Test } from "tap";
import { AyesError } from "../../runtime/errors.js";
import { checkSchema, misfit } from "../../runtime/schema.js";

function refuses(t: Test, schema: unknown, code: string, reason: RegExp): void {
  try {
    checkSchema(schema, "shape");
    t.fail(`${JSON.stringify(schema)} was taken`);
  } catch (error) {
    t.match(error, { code, message: reason });
    t.ok(error instanceof AyesError);
  }
}

t.test("a schema that can be judged is kept as its text", async (t) => {
  for (const schema of [
    {},
    { $schema: "https://json-schema.org/draft/2020-12/schema", type: "array", prefixItems: [{ type: "string" }] },
    { $id: "user", $defs: { name: { type: "string" } }, properties: { name: { $ref: "#/$defs/name" } } },
    { $id: "user", type: "object" },
    { pattern: "^a", title: "t", description: "d" },
  ]) {
    const text = checkSchema(schema, "shape");
    t.equal(text, JSON.stringify(schema));
    t.equal(misfit(text, "[]"), misfit(text, "[]"), "judged twice the same");
  }
});

t.test("what cannot be judged is refused, with the reason", async (t) => {
  for (const schema of [undefined, null, true, 3, "{}", []]) refuses(t, schema, "invalid", /must be a JSON Schema/);
  refuses(t, { type: "nope" }, "invalid", /shape is no schema to judge by: .*must be equal to one of/);
  refuses(t, { typo: 1 }, "invalid", /unknown keyword: "typo"/);
  refuses(t, { $ref: "http://example.org/x" }, "invalid", /can't resolve reference .*only references into itself/);
  refuses(t, { $ref: "#/$defs/none" }, "invalid", /can't resolve/);
  refuses(t, { type: "string", format: "email" }, "invalid", /format is not judged/);
  refuses(t, { pattern: "(" }, "invalid", /Invalid regular expression/);
  refuses(t, { $async: true }, "invalid", /\$async/);
  refuses(t, { $schema: "http://json-schema.org/draft-07/schema#" }, "invalid", /draft-07/);
  refuses(t, { const: "x".repeat(70_000) }, "too-large", /64 KiB/);
  refuses(t, { const: 1n }, "invalid", /bigint/);
  const loop: Record<string, unknown> = {};
  loop.not = loop;
  refuses(t, loop, "invalid", /contains itself/);
});

t.test("a value fits or says where it does not", async (t) => {
  const text = checkSchema(
    { type: "object", properties: { age: { minimum: 0 } }, additionalProperties: false },
    "shape",
  );
  t.equal(misfit(text, '{"age":3}'), undefined);
  t.equal(misfit(text, '{"age":-3}'), "/age must be >= 0");
  t.match(misfit(text, '{"x":1}'), /must NOT have additional properties/);
});

t.test("what leads into itself without an end fits nothing, and harms nobody", async (t) => {
  t.match(misfit(checkSchema({ $ref: "#" }, "shape"), "1"), /cannot be judged/);
  t.match(misfit("no schema", "1"), /cannot be judged/);
});

t.test("more schemas than are kept are judged all the same", async (t) => {
  for (let index = 0; index < 1100; index += 1) {
    if (misfit(JSON.stringify({ const: index }), String(index)) !== undefined) t.fail(`${index}`);
  }
  t.match(misfit('{"const":0}', "1"), /must be equal to constant/);
});
