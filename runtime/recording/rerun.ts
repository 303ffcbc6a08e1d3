/** Runs a recording again: every node from where it began, through each of its lives, turn by turn. */

import { createHash } from "node:crypto";
import { isOwnKey } from "../../actors/own-key.js";
import type { NodeId } from "../../actors/transaction.js";
import { type Entry, FORMAT, type Heading, type Standpoint, textOf } from "./entry.js";
import { type Begun, type Contents, type Deviation, RecordedLife } from "./life.js";

/** Where a turn of a node came to something else than in the recording. */
export type Difference = { node: NodeId; epoch: number; turn: number; what: string };

export type NodeReport = {
  node: NodeId;
  /** Incarnations that are in the recording. */
  lives: number;
  turns: number;
  /** Lives that began with more on disk than the recording of the one before proves: its last words were lost. */
  unheard: number;
  records: number;
  keys: number;
  inDoubt: string[];
  /** Of its committed data: replicas with the same data have the same one. */
  data: string;
  /** Of all that it has on disk. */
  state: string;
};

type Played = {
  life: RecordedLife | undefined;
  /** A standpoint of which more rows may come. */
  begun: Begun | undefined;
  lives: number;
  turns: number;
  unheard: number;
  /** A last turn that sent less than it would have: right if the node died of it. */
  cutShort: Difference | undefined;
};

export class Rerun {
  readonly heading: Heading;
  readonly #nodes = new Map<NodeId, Played>();

  /** Throws what is wrong with a heading. */
  constructor(heading: Entry | undefined) {
    if (heading?.kind !== "recording") throw new Error("it does not begin as a recording does");
    if (heading.format !== FORMAT) throw new Error(`it has format ${heading.format}; this version reads ${FORMAT}`);
    this.heading = heading;
  }

  /** Takes the entry that follows. The first difference it leads to. */
  take(entry: Entry): Difference | undefined {
    switch (entry.kind) {
      case "standpoint":
        return this.#begin(entry);
      case "rows":
        this.#played(entry.node).begun?.rows.push(...entry.rows);
        return undefined;
      case "turn": {
        const played = this.#played(entry.line.node);
        return this.#settled(played) ?? this.#turn(played, entry.line);
      }
      case "life": {
        const played = this.#played(entry.life.node);
        if (entry.life.state !== "up" && entry.life.state !== "starting") played.cutShort = undefined;
        return undefined;
      }
      default:
        return undefined;
    }
  }

  /** What all came to, unless a node ended otherwise than it was recorded. */
  finish(): Difference | NodeReport[] {
    for (const played of this.#nodes.values()) {
      const difference = this.#settled(played) ?? played.cutShort;
      if (difference) return difference;
    }
    return [...this.#nodes].flatMap(([node, played]) => (played.life ? [reportOf(node, played, played.life)] : []));
  }

  /** The lives that run now. */
  *lives(): Iterable<[NodeId, RecordedLife]> {
    for (const [node, played] of this.#nodes) {
      this.#settled(played);
      if (played.life) yield [node, played.life];
    }
  }

  #begin(standpoint: Standpoint): Difference | undefined {
    const played = this.#played(standpoint.node);
    const difference = this.#settled(played);
    played.begun = { ...standpoint, rows: [] };
    return difference;
  }

  #turn(played: Played, line: Extract<Entry, { kind: "turn" }>["line"]): Difference | undefined {
    const { life, cutShort } = played;
    if (!life || life.epoch !== line.epoch || cutShort) return cutShort;
    played.turns += 1;
    const deviation = attempted(() => life.turn(line));
    if (!deviation) return undefined;
    const { node, epoch, turn } = line;
    const difference = { node, epoch, turn, what: deviation.what };
    if (deviation.cutShort) played.cutShort = difference;
    return deviation.cutShort ? undefined : difference;
  }

  /** Begins the life whose standpoint is known by now. */
  #settled(played: Played): Difference | undefined {
    const { begun, life } = played;
    if (!begun) return undefined;
    played.begun = undefined;
    // The same life, looked at once more.
    if (life?.epoch === begun.epoch) return undefined;
    const lost = life && this.#compared(played, life, begun);
    played.life = new RecordedLife(this.heading, begun);
    played.lives += 1;
    played.cutShort = undefined;
    return lost;
  }

  /** What a node began its next life with is what it had on disk, or more: what it did last may not have been heard. */
  #compared(played: Played, life: RecordedLife, begun: Begun): Difference | undefined {
    const found = { records: begun.records.map(textOf).sort(), rows: begun.rows };
    if (isSame(life.durable, found)) return undefined;
    life.stop();
    const had = life.durable;
    if (isSame(had, found)) return undefined;
    played.unheard += 1;
    const lost = lostOf(had, found);
    if (lost === undefined) return undefined;
    return { node: begun.node, epoch: begun.epoch, turn: 0, what: `its log began without ${lost.slice(0, 500)}` };
  }

  #played(node: NodeId): Played {
    const known = this.#nodes.get(node);
    if (known) return known;
    const fresh = { life: undefined, begun: undefined, lives: 0, turns: 0, unheard: 0, cutShort: undefined };
    this.#nodes.set(node, fresh);
    return fresh;
  }
}

/** A broken assumption of the core is a difference too: it did not break then. */
function attempted(work: () => Deviation | undefined): Deviation | undefined {
  try {
    return work();
  } catch (error) {
    return { what: `it broke: ${error instanceof Error ? error.message : error}`, cutShort: false };
  }
}

function isSame(left: Contents, right: Contents): boolean {
  return textOf(left) === textOf(right);
}

/** A record that was durable, and that nothing which is there now supersedes. */
function lostOf(had: Contents, found: Contents): string | undefined {
  const there = new Set(found.records);
  const known = new Set(had.records);
  const news = found.records.filter((record) => !known.has(record)).join("\n");
  return had.records.find((record) => {
    const { txn } = JSON.parse(record) as { txn?: string };
    return !there.has(record) && !(txn !== undefined && news.includes(JSON.stringify(txn)));
  });
}

function reportOf(node: NodeId, { lives, turns, unheard }: Played, life: RecordedLife): NodeReport {
  const { records, rows } = life.durable;
  const inDoubt = life.core.inDoubt().map(({ txn }) => txn);
  const keys = rows.filter(([key]) => !isOwnKey(key)).length;
  const digests = { data: digestOf(rows), state: digestOf({ records, rows }) };
  return { node, lives, turns, unheard, records: records.length, keys, inDoubt, ...digests };
}

function digestOf(data: unknown): string {
  return createHash("sha256").update(textOf(data)).digest("hex").slice(0, 16);
}
