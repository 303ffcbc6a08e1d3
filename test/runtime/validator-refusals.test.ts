/** Validators that make no sense, and a file of rules that is not what was written: refused, and nothing changes. */

import { readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import type { Rule } from "../../runtime/api.js";
import { open } from "../../runtime/client.js";
import { sealText } from "../../storage/codec.js";
import { temporaryFolder } from "../storage/folder.js";
import { COMMITTED, opened, vetoed } from "./ruled-cluster.js";

t.test("what is refused changes nothing", async (t) => {
  const cluster = await opened(t, { temporary: true });
  const rule: Rule = { rule: "max-value-bytes", bytes: 3 };
  await cluster.validate("n1", rule);
  const refused = async (node: unknown, validator: unknown, about: object) => {
    await t.rejects(cluster.validate(node as string, validator as Rule), { name: "AyesError", ...about });
  };
  await refused("n9", rule, { code: "no-such-node", message: "there is no node n9 that votes; n1, n2 do" });
  await refused("c1", rule, { code: "invalid", message: "c1 never votes; n1, n2 do" });
  await refused(7, rule, { code: "invalid" });
  await t.rejects(cluster.validator("c1"), { code: "invalid" });
  const known = /known: always, no-next, max-value-bytes, create-only, must-exist, minimum/;
  for (const name of ["never", "outside", "verdict", "toString", 1, undefined]) {
    await refused("n1", { rule: name }, { code: "invalid", message: known });
  }
  for (const bytes of [-1, 1.5, "3", Number.NaN, 2 ** 60, undefined]) {
    await refused(
      "n1",
      { rule: "max-value-bytes", bytes },
      { code: "invalid", message: /bytes must be a whole number/ },
    );
  }
  for (const least of ["0", Number.NaN, Number.POSITIVE_INFINITY, undefined]) {
    await refused("n1", { rule: "minimum", keys: "a", least }, { message: /least must be a number/ });
  }
  for (const keys of ["", 1, "\ud800", null]) {
    await refused("n1", { rule: "create-only", keys }, { code: "invalid", message: /keys/ });
  }
  await refused("n1", { rule: "minimum", least: 0 }, { message: /keys must be a string/ });
  await refused("n1", { rule: "must-exist", keys: "x".repeat(1025) }, { code: "too-large" });
  await refused("n1", { rule: "always", keys: "a" }, { message: /unknown field "keys"/ });
  await refused("n1", { rule: "no-next", after: rule }, { message: /unknown field "after"/ });
  for (const validator of [null, undefined, "always", [rule]]) {
    await refused("n1", validator, { code: "invalid", message: /validator must be an object/ });
  }
  t.same(await cluster.validator("n1"), rule);
  t.match(await cluster.put("a", 1234), vetoed("n1"));
  t.match(await cluster.put("b", 123), COMMITTED);
});

t.test("vote-no is refused where it makes no sense", async (t) => {
  const cluster = await opened(t, { temporary: true });
  await t.rejects(cluster.crash("c1", { at: "vote-no" }), { code: "invalid", message: /c1 never comes to vote-no/ });
  for (const more of [{ txn: "t" }, { hit: 2 }, { restart: false }, { targets: ["n1"] }]) {
    await t.rejects(cluster.crash("n1", { at: "vote-no", ...more }), { code: "invalid" });
  }
  const quiet = await opened(t, { temporary: true, chaos: false });
  await t.rejects(quiet.crash("n1", { at: "vote-no" }), { code: "no-chaos" });
  t.match(await cluster.put("a", 1), COMMITTED);
});

t.test("rules that are not what was written are refused, and without the file nothing is demanded", async (t) => {
  const data = temporaryFolder(t);
  const cluster = await open({ data, replicas: 2 });
  await cluster.validate("n1", { rule: "max-value-bytes", bytes: 3 });
  await cluster.close();
  const file = join(data, "validators.json");
  const text = readFileSync(file, "utf8");
  const damaged = { code: "damaged-store", message: /validators.json is damaged; restore it from a backup/ };
  for (const wrong of ["", "{", text.replace('"bytes":3', '"bytes":9'), text.slice(0, -3)]) {
    writeFileSync(file, wrong);
    await t.rejects(open({ data }), damaged, JSON.stringify(wrong));
  }
  truncateSync(file, 0);
  await t.rejects(open({ data }), damaged);
  writeFileSync(file, sealText(JSON.stringify({ format: 2, rules: {} })));
  await t.rejects(open({ data }), { code: "other-version", message: /format 2/ });
  writeFileSync(file, text);
  const whole = await open({ data });
  t.match(await whole.put("a", 1234), vetoed("n1"));
  await whole.close();
  rmSync(file);
  const without = await opened(t, { data });
  t.match(await without.put("a", 1234), COMMITTED);
});
