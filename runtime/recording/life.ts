/** One incarnation of a recorded node, run again: the shipped core on a store in memory, fed with its inputs of then. */

import { Node } from "../../actors/node.js";
import type { LogRecord } from "../../actors/record.js";
import { ALWAYS } from "../../actors/validator.js";
import { MemoryStorage } from "../../storage/memory.js";
import { MemoryDisk } from "../../storage/memory-disk.js";
import { GATEWAY } from "../hosts/host.js";
import { type JournalLine, released } from "../journal.js";
import { worldOf } from "../world.js";
import { type Heading, type Standpoint, type StoredRow, textOf } from "./entry.js";
import { told } from "./found.js";

/** A standpoint with all its rows. */
export type Begun = Standpoint & { rows: StoredRow[] };

/** All that a store holds, where the order says nothing. */
export type Contents = { records: string[]; rows: StoredRow[] };

/** What of a turn is not as it was. `cutShort`: it only sent more than then, as it would have if it had not died. */
export type Deviation = { what: string; cutShort: boolean };

const SHOWN = 500;
const EVERYTHING = Number.MAX_SAFE_INTEGER;

export class RecordedLife {
  readonly epoch: number;
  readonly core: Node;
  readonly #storage = new MemoryStorage(new MemoryDisk());
  #lazy: LogRecord[];
  #turn: number;

  constructor({ coordinators, replicas, membership, settings }: Heading, begun: Begun) {
    const { node, epoch, turn, reach, records, lazy, rows, validator } = begun;
    this.epoch = epoch;
    this.#turn = turn;
    this.#lazy = [...lazy];
    const writes = rows.map(([key, value, version]) => ({ key, value, version }));
    this.#storage.commit({ records, writes, reach });
    const nodes = [...new Set([...coordinators, ...replicas])];
    const founders = membership === "up-set" ? replicas : undefined;
    const options = { self: node, nodes, replicas, epoch, reach, settings, validator };
    this.core = new Node({ ...options, founders, judge: GATEWAY });
    if (begun.core) this.core.restore(begun.core);
    else for (const record of records) this.core.replay(record);
  }

  /** Runs the next turn. */
  turn(line: JournalLine): Deviation | undefined {
    const { found = {}, writes = [], validator = ALWAYS } = line.whole ?? {};
    this.#turn += 1;
    if (line.turn !== this.#turn) return { what: `turn ${this.#turn} is not in the recording`, cutShort: false };
    this.core.validate(validator);
    const output = this.core.turn(line.inputs, { ...worldOf(line.at, this.#storage, undefined), ...told(found) });
    this.#lazy.push(...output.records.map(({ record }) => record));
    if (line.flushed) this.#flush(writes);
    const messages = released(output.messages);
    const what =
      differenceOf("records", output.records, line.records) ??
      differenceOf("writes", output.writes, writes) ??
      differenceOf("messages", messages, line.messages);
    if (what === undefined) return undefined;
    return { what, cutShort: what.startsWith("messages") && isPart(line.messages, messages) };
  }

  /** What is on disk. */
  get durable(): Contents {
    const storage = this.#storage;
    const rows = storage.scan({}, EVERYTHING).map(({ key, stored }): StoredRow => [key, stored.value, stored.version]);
    return { records: [...storage.replay()].map(textOf).sort(), rows };
  }

  /** The same if it stopped in order, and what was pending went to disk. */
  stop(): void {
    if (this.#lazy.length > 0) this.#flush([]);
  }

  #flush(writes: Parameters<MemoryStorage["commit"]>[0]["writes"]): void {
    const { clock, begin } = this.core.positions;
    this.#storage.commit({ records: this.#lazy, writes, reach: { clock, begin } });
    this.#lazy = [];
  }
}

/** The first of a list that is another one now. */
function differenceOf(what: string, now: readonly unknown[], then: readonly unknown[]): string | undefined {
  if (textOf(now) === textOf(then)) return undefined;
  const places = Array.from({ length: Math.max(now.length, then.length) }, (_, index) => index);
  const index = places.find((place) => textOf([now[place]]) !== textOf([then[place]])) ?? 0;
  const shown = (one: unknown) => (one === undefined ? "nothing" : textOf(one).slice(0, SHOWN));
  return `${what}[${index}] was ${shown(then[index])} and is ${shown(now[index])}`;
}

/** Whether all of a list stands in another one, in the same order. */
function isPart(part: readonly unknown[], whole: readonly unknown[]): boolean {
  const texts = part.map(textOf);
  let met = 0;
  for (const one of whole) if (textOf(one) === texts[met]) met += 1;
  return met === texts.length;
}
