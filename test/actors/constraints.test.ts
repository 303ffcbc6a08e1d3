/** Constraints: what each kind demands of a write, whose keys it is about, and what is in force after which writes. */

import t from "tap";
import { type Constraint, constraintIn, constraintKey, constraintText, encodeLimit } from "../../actors/constraint.js";
import { Constraints, type Sight } from "../../actors/constraints.js";
import { compareKeys, isWithin } from "../../actors/range.js";
import type { Key, Value, Write } from "../../actors/transaction.js";
import { misfit } from "../../runtime/schema.js";

/** Committed data, as a node sees it. */
class Data implements Sight {
  readonly #rows = new Map<Key, Value>();
  readonly misfit = misfit;

  read(key: Key) {
    const value = this.#rows.get(key);
    return value === undefined ? undefined : { value, version: "t0" };
  }

  scan(range: Parameters<Sight["scan"]>[0], limit: number) {
    const keys = [...this.#rows.keys()].filter((key) => isWithin(key, range)).sort(compareKeys);
    return keys.slice(0, limit).map((key) => ({ key, stored: { value: this.#rows.get(key) ?? "", version: "t0" } }));
  }

  set({ key, value }: Pick<Write, "key" | "value">): void {
    if (value === undefined) this.#rows.delete(key);
    else this.#rows.set(key, value);
  }
}

/** A node's constraints over its data, both changed by the same writes. */
class Scene {
  readonly data = new Data();
  readonly constraints = new Constraints();

  write(key: Key, value: Value | undefined): this {
    const write = { key, value, version: "t" };
    this.data.set(write);
    this.constraints.wrote(write, this.data);
    return this;
  }

  demand(constraint: Constraint): this {
    return this.write(...rowOf(constraint));
  }

  objection(key: Key, value: Value | undefined) {
    return this.constraints.objectionTo([{ key, value, version: "t" }], this.data);
  }

  said(key: Key, value: Value | undefined): string | undefined {
    const objection = this.objection(key, value);
    return objection && `${objection.constraint}: ${objection.detail}`;
  }
}

function rowOf({ kind, prefix, limit }: Constraint): [Key, Value] {
  return [constraintKey(kind, prefix), encodeLimit(kind, limit)];
}

t.test("numbers have a least and a most value, and nothing else is one", async (t) => {
  const scene = new Scene().demand({ kind: "min", prefix: "a/", limit: 0 });
  scene.demand({ kind: "max", prefix: "a/", limit: 9.5 });
  for (const value of ["0", "9.5", "1e0"]) t.notOk(scene.objection("a/x", value), value);
  t.same(scene.objection("a/x", "-1"), {
    code: "constraint",
    key: "a/x",
    constraint: "min 0 on a/",
    detail: "it would become -1",
  });
  t.equal(scene.said("a/x", "10"), "max 9.5 on a/: it would become 10");
  t.equal(scene.said("a/x", '"1"'), 'min 0 on a/: it would become "1", of type string');
  t.equal(scene.said("a/x", new Uint8Array(3)), "min 0 on a/: it would become 3 bytes, of type bytes");
  t.notOk(scene.objection("a/x", undefined), "it may be deleted");
  for (const key of ["a", "b/x", "A/x"]) t.notOk(scene.objection(key, "-1"), `${key} has another prefix`);
  t.ok(scene.objection("a/", "-1"), "a key begins with itself");
});

t.test("types are those of JSON, and bytes", async (t) => {
  const values: [Value, string][] = [
    ['"1"', "string"],
    ["1", "number"],
    ["true", "boolean"],
    ["{}", "object"],
    ["[]", "array"],
    ["null", "null"],
    [new Uint8Array(), "bytes"],
  ];
  for (const [, type] of values) {
    const scene = new Scene().demand({ kind: "type", prefix: "", limit: type } as Constraint);
    for (const [value, own] of values) {
      const said = scene.said("k", value);
      if (own === type) t.equal(said, undefined, `${own} is ${type}`);
      else t.match(said, new RegExp(`^type ${type} on all keys: .*of type ${own}$`));
    }
  }
});

t.test("keys may be new only, or old only", async (t) => {
  const scene = new Scene().write("log/1", "1").write("set/1", "1");
  scene.demand({ kind: "createOnly", prefix: "log/", limit: true });
  scene.demand({ kind: "mustExist", prefix: "set/", limit: true });
  t.equal(scene.said("log/1", "2"), "create-only on log/: it would become 2, and the key exists");
  t.equal(scene.said("log/1", undefined), "create-only on log/: it would be deleted, and the key exists");
  t.notOk(scene.objection("log/2", "2"));
  t.equal(scene.said("set/2", "2"), "must-exist on set/: it would become 2, and the key does not exist");
  t.notOk(scene.objection("set/1", "2"));
  t.notOk(scene.objection("set/1", undefined));
});

t.test("sizes and shapes", async (t) => {
  const schema = { type: "object", properties: { name: { type: "string" } }, required: ["name"] };
  const scene = new Scene().demand({ kind: "maxBytes", prefix: "s/", limit: 6 });
  scene.demand({ kind: "shape", prefix: "u/", limit: JSON.stringify(schema) });
  t.notOk(scene.objection("s/1", '"é"'));
  t.equal(scene.said("s/1", '"€€"'), 'max-bytes 6 on s/: it would become "€€", of 8 bytes');
  t.notOk(scene.objection("u/1", '{"name":"Ann"}'));
  t.equal(scene.said("u/1", '{"name":1}'), 'shape on u/: it would become {"name":1}: /name must be string');
  t.equal(scene.said("u/1", "3"), "shape on u/: it would become 3: it must be object");
  t.equal(scene.said("u/1", new Uint8Array(2)), "shape on u/: it would become 2 bytes: it is no JSON");
});

t.test("of a long value the start is told, never half a character", async (t) => {
  const scene = new Scene().demand({ kind: "maxBytes", prefix: "", limit: 1 });
  const long = JSON.stringify(`${"x".repeat(58)}😀y`);
  t.equal(scene.said("k", long), `max-bytes 1 on all keys: it would become "${"x".repeat(58)}…, of 65 bytes`);
});

t.test("all that bind a key are judged, and the cluster's own keys never", async (t) => {
  const scene = new Scene().demand({ kind: "type", prefix: "", limit: "number" });
  scene.demand({ kind: "min", prefix: "a", limit: 0 }).demand({ kind: "max", prefix: "a/b", limit: 9 });
  t.equal(scene.said("z", "[]"), "type number on all keys: it would become [], of type array");
  t.equal(scene.said("a/b", "-1"), "min 0 on a: it would become -1");
  t.equal(scene.said("a/bc", "10"), "max 9 on a/b: it would become 10");
  t.notOk(scene.objection("a/c", "10"));
  t.notOk(scene.objection("\u0000members", "{}"));
  t.equal(scene.said("\u0001[1]", "{}"), "type number on all keys: it would become {}, of type object");
});

t.test("what is in force follows the writes, and is found again without them", async (t) => {
  const scene = new Scene().demand({ kind: "min", prefix: "a/", limit: 0 });
  scene.demand({ kind: "min", prefix: "a/", limit: 5 });
  t.equal(scene.said("a/x", "4"), "min 5 on a/: it would become 4", "the last one of its kind");
  const other = new Constraints();
  t.match(other.objectionTo([{ key: "a/x", value: "4", version: "t" }], scene.data), { constraint: "min 5 on a/" });
  scene.write(constraintKey("min", "a/"), undefined);
  t.notOk(scene.objection("a/x", "4"));
});

t.test("a new one must hold for what is committed: the first keys that violate it are named", async (t) => {
  const scene = new Scene();
  for (let index = 1; index <= 200; index += 1) scene.write(`a/${String(index).padStart(3, "0")}`, `${100 - index}`);
  scene.write("a", '"text"').write("b", '"text"');
  const [key, value] = rowOf({ kind: "min", prefix: "a/", limit: 0 });
  t.same(scene.objection(key, value), {
    code: "constraint",
    key: "a/101",
    constraint: "min 0 on a/",
    detail: 'it does not hold for "a/101", "a/102", "a/103", "a/104", "a/105" and 95 more',
  });
  t.notOk(scene.objection(...rowOf({ kind: "min", prefix: "a/", limit: -100 })));
  t.notOk(scene.objection(...rowOf({ kind: "createOnly", prefix: "a/", limit: true })));
  t.match(scene.objection(...rowOf({ kind: "type", prefix: "", limit: "number" })), {
    detail: 'it does not hold for "a", "b"',
  });
  t.notOk(scene.objection(key, undefined), "to give one up is never refused");
});

t.test("there is an end to how many there can be", async (t) => {
  const scene = new Scene();
  for (let index = 0; index < 1000; index += 1) scene.demand({ kind: "min", prefix: `p${index}/`, limit: 0 });
  t.match(scene.said(...rowOf({ kind: "max", prefix: "p1/", limit: 0 })), /^max 0 on p1\/: there are 1000 constraints/);
  t.notOk(scene.objection(...rowOf({ kind: "min", prefix: "p1/", limit: 5 })), "one takes the place of another");
  scene.write(constraintKey("min", "p7/"), undefined);
  t.notOk(scene.objection(...rowOf({ kind: "max", prefix: "p1/", limit: 0 })));
  t.match(scene.said("p999/x", "-1"), /^min 0 on p999/);
  t.notOk(scene.objection("p7/x", "-1"));
});

t.test("rows say the same as what they were made of, whatever the prefix", async (t) => {
  for (const prefix of ["", "a/", "/", "min/", "\u0001\u0000x", "😀"]) {
    for (const constraint of [
      { kind: "min", prefix, limit: -0.5 },
      { kind: "createOnly", prefix, limit: true },
      { kind: "shape", prefix, limit: '{"type":"object"}' },
    ] satisfies Constraint[]) {
      const [key, value] = rowOf(constraint);
      t.same(constraintIn({ key, value }), constraint, constraintText(constraint));
    }
  }
  t.equal(constraintIn({ key: "min/a", value: "0" }), undefined);
});
