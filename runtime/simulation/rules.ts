/** What applications rely on. Each of their functions keeps it when it runs alone, so it holds at every moment. */

import { constraintKey } from "../../actors/constraint.js";
import type { Key, Stored } from "../../actors/transaction.js";
import { wrongFiles } from "./contents.js";
import { ACCOUNT_NAMES, ACCOUNTS, COUNT_OF, OPENING, PAIRS, ROOMS, SEATS, TOTAL } from "./deeds.js";

type Data = ReadonlyMap<Key, Stored>;

/** No account is below zero while this is in force. */
export const MINIMUM: Key = constraintKey("min", ACCOUNTS);

const ALL = ACCOUNT_NAMES.length * OPENING;

/** What is wrong with the whole data at a moment. */
export function brokenRules(data: Data): string[] {
  const bounds = data.has(MINIMUM) ? wrongBounds(data) : [];
  const rooms = ROOMS.flatMap((room) => wrongRoom(room, data));
  return [...bounds, ...wrongPairs(data), ...rooms, ...wrongTotal(data), ...wrongAudit(data), ...wrongFiles(data)];
}

/** What is wrong with all the accounts of a moment. They are opened at once. */
export function wrongTotal(data: Data): string[] {
  const accounts = withPrefix(data, ACCOUNTS);
  const total = accounts.reduce((sum, [, { value }]) => sum + Number(value), 0);
  return accounts.length === 0 || total === ALL ? [] : [`the accounts are worth ${total}, not ${ALL}`];
}

function wrongAudit(data: Data): string[] {
  const total = Number(data.get(TOTAL)?.value ?? 0);
  return total === 0 || total === ALL ? [] : [`an audit came to ${total}, not to ${ALL}`];
}

function wrongBounds(data: Data): string[] {
  const below = withPrefix(data, ACCOUNTS).filter(([, { value }]) => Number(value) < 0);
  return below.map(([key, { value, version }]) => `${version} left ${key} at ${value}, though min 0 was in force`);
}

function wrongPairs(data: Data): string[] {
  const sums = new Map<string, number>();
  for (const [key, { value }] of withPrefix(data, PAIRS)) {
    const pair = key.slice(0, key.lastIndexOf("/"));
    sums.set(pair, (sums.get(pair) ?? 0) + Number(value));
  }
  return [...sums].filter(([, sum]) => sum < 0).map(([pair, sum]) => `together, ${pair} has ${sum}`);
}

function wrongRoom(room: string, data: Data): string[] {
  const seated = withPrefix(data, room).length;
  const count = data.get(`${COUNT_OF}${room}`)?.value;
  const tooMany = seated > SEATS ? [`there are ${seated} in ${room}, which has ${SEATS} seats`] : [];
  const isWrong = count !== undefined && Number(count) !== seated;
  return isWrong ? [...tooMany, `there are ${seated} in ${room}, but ${count} were counted`] : tooMany;
}

function withPrefix(data: Data, prefix: string): [Key, Stored][] {
  return [...data].filter(([key]) => key.startsWith(prefix));
}
