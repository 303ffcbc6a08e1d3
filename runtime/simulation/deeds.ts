/** What applications do in a simulated run: functions that read, think and write. As generators, they ask for what to read. */

import type { Operation } from "../../actors/transaction.js";
import { NOTHING, type Reads, type Wanted } from "../functions/reads.js";
import { checkKey } from "../keys.js";
import type { ScanPage, ScanQuery } from "../reading-api.js";

/** As plain data, so that a plan can be read and repeated. */
export type Deed =
  /** Opens all accounts of the bank at once, unless they are. */
  | { does: "open" }
  | { does: "transfer"; source: string; target: string; amount: number }
  /** Reads all accounts, in pages of this size. With `files` it writes down what there is in total. */
  | { does: "audit"; limit: number; files: boolean }
  /** Takes from one of a pair as long as the other one makes up for it, and puts in otherwise. */
  | { does: "withdraw"; own: string; other: string; amount: number }
  /** Takes a seat if there is one, and otherwise frees the first one. */
  | { does: "sit"; room: string; guest: string }
  /** Only reads: all at once, or one after the other. */
  | { does: "look"; keys: string[]; atOnce: boolean }
  | { does: "mark"; key: string; mark: string };

type Asking = Generator<Wanted, Operation[]>;

export const ACCOUNTS = "account/";
export const ACCOUNT_NAMES = ["1", "2", "3", "4"].map((name) => `${ACCOUNTS}${name}`);
export const OPENING = 10;
export const PAIRS = "pair/";
export const ROOMS = ["hall/", "room/"] as const;
/** The number of those in there is written down. */
export const COUNTED = "room/";
export const COUNT_OF = "count of ";
export const SEATS = 3;
/** What an audit came to. */
export const TOTAL = "total";

/** What it wants to read, each time after it has got what it wanted before; and in the end what it wants to write. */
export function perform(deed: Deed, reads: Reads): Asking {
  switch (deed.does) {
    case "open":
      return open(reads);
    case "transfer":
      return transfer(deed, reads);
    case "audit":
      return audit(deed, reads);
    case "withdraw":
      return withdraw(deed, reads);
    case "sit":
      return sit(deed, reads);
    case "look":
      return look(deed);
    case "mark":
      return mark(deed);
  }
}

function* open(reads: Reads): Asking {
  const all = { prefix: ACCOUNTS, limit: 100 };
  yield { keys: [], scans: [all] };
  if (reads.page(all)?.entries.length !== 0) return [];
  return ACCOUNT_NAMES.map((key) => put(key, OPENING));
}

function* transfer({ source, target, amount }: Deed & { does: "transfer" }, reads: Reads): Asking {
  yield* one(source);
  const balance = reads.key(source)?.value;
  if (balance === undefined || Number(balance) < amount) return [];
  yield* one(target);
  return [put(source, Number(balance) - amount), put(target, numberOf(reads, target) + amount)];
}

function* audit({ limit, files }: Deed & { does: "audit" }, reads: Reads): Asking {
  let total = 0;
  let query: ScanQuery | undefined = { prefix: ACCOUNTS, limit };
  while (query) {
    yield { keys: [], scans: [query] };
    const page: ScanPage | undefined = reads.page(query);
    for (const { value } of page?.entries ?? []) total += Number(value);
    query = page?.next;
  }
  return files ? [put(TOTAL, total)] : [];
}

function* withdraw({ own, other, amount }: Deed & { does: "withdraw" }, reads: Reads): Asking {
  yield* one(other);
  yield* one(own);
  const mine = numberOf(reads, own);
  return [put(own, mine + numberOf(reads, other) >= amount ? mine - amount : mine + amount)];
}

function* sit({ room, guest }: Deed & { does: "sit" }, reads: Reads): Asking {
  const all = { prefix: room, limit: 100 };
  const key = `${COUNT_OF}${room}`;
  const counts = room === COUNTED;
  yield { keys: counts ? [key] : [], scans: [all] };
  const seated = reads.page(all)?.entries ?? [];
  const [first] = seated;
  const isFull = first !== undefined && seated.length >= SEATS;
  const isNew = !seated.some((entry) => entry.key === room + guest);
  const change = isFull ? -1 : Number(isNew);
  const operation: Operation = isFull ? { op: "del", key: checkKey(first.key) } : put(room + guest, 1);
  return counts ? [operation, put(key, numberOf(reads, key) + change)] : [operation];
}

function* look({ keys, atOnce }: Deed & { does: "look" }): Asking {
  if (atOnce) yield { keys, scans: [] };
  else for (const key of keys) yield* one(key);
  return [];
}

/** Without a look. */
function* mark({ key, mark }: Deed & { does: "mark" }): Asking {
  yield NOTHING;
  return [put(key, mark)];
}

function* one(key: string): Generator<Wanted, void> {
  yield { keys: [key], scans: [] };
}

function numberOf(reads: Reads, key: string): number {
  return Number(reads.key(key)?.value ?? 0);
}

function put(key: string, value: number | string): Operation {
  return { op: "put", key, value: JSON.stringify(value) };
}
