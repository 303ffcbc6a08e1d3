/** A watcher over a connection of its own that follows everything from the beginning, whatever befalls the cluster. */

import { isOwnKey } from "../../actors/own-key.js";
import type { Cluster } from "../../runtime/api.js";
import { asAyesError } from "../../runtime/errors.js";
import { encodeValue } from "../../runtime/validation.js";
import type { Watch, WatchEvent } from "../../runtime/watching-api.js";
import type { End } from "./clerk.js";
import { until } from "./polling.js";
import { list, rowText, type StoreContents } from "./stores.js";

const SEEN_WITHIN_MS = 30_000;
const MARK = "witness";

/** What was told, in the order in which it was told. */
export class Testimony {
  /** How many transactions. */
  events = 0;
  readonly #broken: string[] = [];
  /** Since the last round. */
  readonly #seen = new Set<string>();
  /** What the replicas should hold: the last that was told of each key. */
  readonly #rows = new Map<string, string>();
  #last = { position: 0, txn: "" };

  hear({ position, txn, changes }: WatchEvent): void {
    this.events += 1;
    const told = { position: Number(position.slice(position.lastIndexOf(".") + 1)), txn };
    if (this.#seen.has(txn)) this.#broken.push(`the watch told of ${txn} twice`);
    else if (!isAfter(told, this.#last))
      this.#broken.push(`the watch told of ${txn} after ${this.#last.txn}, behind it`);
    this.#seen.add(txn);
    this.#last = told;
    for (const { key, value } of changes) {
      if (value === undefined) this.#rows.delete(String(key));
      else this.#rows.set(String(key), rowText({ value: encodeValue(value), version: txn }));
    }
  }

  /** It was told no more. */
  ended(reason: string): void {
    this.#broken.push(`the watch ended: ${reason}`);
  }

  get isBroken(): boolean {
    return this.#broken.length > 0;
  }

  hasSeen(txn: string): boolean {
    return this.#seen.has(txn);
  }

  /** Compares it with what clients were told in a round, and with the replicas of a cluster that has stopped. */
  violations(told: ReadonlyMap<string, End>, stores: readonly StoreContents[]): string[] {
    const missed = [...told].filter(([txn, end]) => end === "committed" && !this.#seen.has(txn));
    const unreal = [...told].filter(([txn, end]) => end === "aborted" && this.#seen.has(txn));
    const found = [...this.#broken];
    if (missed.length > 0) found.push(`the watch did not tell of committed ${list(missed.map(([txn]) => txn))}`);
    if (unreal.length > 0) found.push(`the watch told of aborted ${list(unreal.map(([txn]) => txn))}`);
    const replicas = stores.filter(({ replica }) => replica);
    return [...found, ...replicas.flatMap((replica) => this.#differences(replica))];
  }

  /** What clients are told from now on is another round. */
  forget(): void {
    this.#seen.clear();
  }

  /** Whoever does what the watch tells, in its order, has what every replica has. */
  #differences({ node, rows }: StoreContents): string[] {
    const keys = new Set([...rows.keys(), ...this.#rows.keys()]);
    const different = [...keys].filter((key) => !isOwnKey(key) && this.#rows.get(key) !== heldText(rows.get(key)));
    const shown = different.map((key) => `${key} is ${heldText(rows.get(key)) ?? "absent"} and ${this.#rows.get(key)}`);
    return shown.length > 0 ? [`${node} holds other data than the watch told of: ${list(shown)}`] : [];
  }
}

export class Witness {
  readonly testimony = new Testimony();
  readonly #cluster: Cluster;
  readonly #watch: Watch;

  /** The connection is its own from now on. */
  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    this.#watch = cluster.watch({ since: "begin" });
    void this.#listen();
  }

  /** Waits until it has seen one more transaction, which stands behind all that were acknowledged before. */
  async catchUp(): Promise<string[]> {
    const { txn, outcome } = await this.#cluster.put(MARK, this.testimony.events, { deadlineMs: SEEN_WITHIN_MS });
    if (outcome !== "committed") return [`a transaction on a calm cluster is ${outcome}`];
    const isThere = () => this.testimony.hasSeen(txn) || this.testimony.isBroken;
    const late = () => [`the watch had not told of ${txn} after ${SEEN_WITHIN_MS} ms`];
    return until("it is told", isThere, SEEN_WITHIN_MS).then(() => [], late);
  }

  async close(): Promise<void> {
    await this.#watch.return();
    await this.#cluster.close();
  }

  async #listen(): Promise<void> {
    try {
      for await (const event of this.#watch) this.testimony.hear(event);
    } catch (error) {
      this.testimony.ended(asAyesError(error).message);
    }
  }
}

type Place = { position: number; txn: string };

function isAfter(one: Place, other: Place): boolean {
  return one.position > other.position || (one.position === other.position && one.txn > other.txn);
}

function heldText(row: ReturnType<StoreContents["rows"]["get"]>): string | undefined {
  return row && rowText(row);
}
