/**
 * Every row of a store, looked at: its seal, its place in the order, the way to it, and that none is missing.
 *
 * A checksum tells only that what is read is right. A damaged key, a damaged page of the tree or a page of zeros makes
 * rows disappear instead, and the answer would be "not found". So a store is scrubbed before it is trusted.
 */

import { Broken } from "../actors/protocol.js";
import { isSealed } from "./codec.js";
import { type Counts, type Environment, type Moment, momentOf, type Table } from "./environment.js";

/** What is wrong, in one sentence. */
export type Damage = { code: "corrupt-data" | "corrupt-log"; message: string };
export type Found = (damage: Damage) => void;

type TableName = keyof Counts;
type Row<K> = { key: K; value: Buffer };

const NAMES = { data: "the data", log: "the log", changes: "the changes" } as const;

/** All rows of a table that are right, in the order of their keys. `found` hears of whatever is not. */
export function* soundRows<Name extends TableName>(
  environment: Environment,
  name: Name,
  { moment, count, found }: { moment: Moment; count: number; found: Found },
): Iterable<Row<Environment[Name] extends Table<infer K> ? K : never>> {
  const table = environment[name] as Table<Buffer | number>;
  const say = (what: string) => found({ code: name === "data" ? "corrupt-data" : "corrupt-log", message: what });
  const transaction = moment as never;
  let seen = 0;
  let last: Buffer | number | undefined;
  try {
    // A damaged tree may lead in a circle.
    for (const row of table.getRange({ transaction, limit: count + 1 })) {
      seen += 1;
      const wrong = wrongIn(table, row, last, transaction);
      if (wrong) say(`${subject(name, row.key)} ${wrong}`);
      else yield row as never;
      last = row.key;
    }
  } catch (error) {
    if (error instanceof Broken) throw error;
    const message = error instanceof Error ? error.message : String(error);
    const place = last === undefined ? "from the start" : `after ${subject(name, last)}`;
    return say(`${NAMES[name]} cannot be read on ${place}: ${message}`);
  }
  if (seen !== count) say(`${NAMES[name]} should have ${count} rows and ${seen > count ? "more" : seen} are found`);
}

/** Looks at everything. Throws `Broken` with the first damage. */
export function scrub(environment: Environment, folder: string): void {
  const { moment, counts } = momentOf(environment);
  const found = ({ code, message }: Damage) => {
    throw new Broken(code, `${folder}: ${message}`);
  };
  try {
    for (const name of ["data", "log", "changes"] as const) {
      for (const _ of soundRows(environment, name, { moment, count: counts[name], found }));
    }
  } finally {
    moment.done();
  }
}

function wrongIn<K extends Buffer | number>(
  table: Table<K>,
  { key, value }: Row<K>,
  last: K | undefined,
  transaction: never,
): string | undefined {
  if (!isSealed(typeof key === "number" ? String(key) : key, value)) return "is damaged";
  if (last !== undefined && !isBefore(last, key)) return "is out of order";
  // A search takes another way to a row than a walk.
  return table.doesExist(key, undefined as never, { transaction }) ? undefined : "cannot be found by its key";
}

function isBefore<K extends Buffer | number>(left: K, right: K): boolean {
  if (typeof left === "number") return left < (right as number);
  return Buffer.compare(left, right as Buffer) < 0;
}

function subject(name: TableName, key: Buffer | number): string {
  return typeof key === "number"
    ? `row ${key} of ${NAMES[name]}`
    : `the value of key ${JSON.stringify(key.toString())}`;
}
