/** Tells from what a node goes on: its log, its data and, in the middle of its life, what its core knows. */

import type { Node } from "../../actors/node.js";
import type { LogRecord } from "../../actors/record.js";
import type { Key, Millis, NodeId } from "../../actors/transaction.js";
import type { Storage } from "../../storage/storage.js";
import type { Rows, Told } from "./entry.js";

export type Standing = {
  self: NodeId;
  core: Node;
  storage: Storage;
  turn: number;
  lazy: readonly LogRecord[];
  at: Millis;
};

/** Rows told at once. */
const PAGE = 100;

/** Between two turns. */
export function* standpointOf({ self, core, storage, turn, lazy, at }: Standing): Iterable<Told> {
  const { epoch, reach } = storage;
  const { validator } = core;
  const seen = { node: self, epoch, turn, at, reach, records: [...storage.replay()], lazy: [...lazy], validator };
  yield { kind: "standpoint", ...seen, ...(turn > 0 && { core: core.snapshot() }) };
  yield* rowsOf(self, storage);
}

function* rowsOf(node: NodeId, storage: Storage): Iterable<Rows> {
  let start: Key | undefined;
  for (;;) {
    const page = storage.scan({ start }, PAGE + 1);
    const rows = page
      .slice(0, PAGE)
      .map(({ key, stored }): Rows["rows"][number] => [key, stored.value, stored.version]);
    if (rows.length > 0) yield { kind: "rows", node, rows };
    start = page[PAGE]?.key;
    if (start === undefined) return;
  }
}
