/** Songs as keys of the store, URLs as values. */

import type { Key, Operation, Value } from "../../actors/transaction.js";

/** So that no song has the name of a key that the engine keeps for itself. */
const SONGS = "song/";

export function songKey(song: string): Key {
  return `${SONGS}${song}`;
}

export function adding(song: string, url: string): Operation {
  return { op: "put", key: songKey(song), value: JSON.stringify(url) };
}

export function deleting(song: string): Operation {
  return { op: "del", key: songKey(song) };
}

export function urlOf(value: Value): string {
  return JSON.parse(String(value)) as string;
}
