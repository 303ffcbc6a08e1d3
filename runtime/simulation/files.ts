/** Files in a simulated run: clients that upload contents, to all replicas or to some, and write, copy, rename and delete. */

import { type Digest, type FileRow, fileKey } from "../../actors/file.js";
import type { Key, Millis, NodeId, Operation, TxnId } from "../../actors/transaction.js";
import type { Membership } from "../config.js";
import type { Random } from "./random.js";
import { type Clients, led, names, type Setting, type TransactRequest } from "./workload.js";

/** What its client uploads before it begins, and to whom. */
export type Upload = { digest: Digest; nodes: NodeId[] };

/** Some stand where others need a folder. */
const PATHS = ["f", "g", "f/g", "f/g/h", "d/f"];
const DIGESTS = ["a", "b", "c", "d"].map((letter) => letter.repeat(64));
const LARGE_BYTES = 100_000;

/**
 * In about half of the runs, and as long as the others are busy. Nodes that forget need ids in order, which these have
 * not. A replica of an up-set is brought contents by its gateway, which is not simulated: there all files are small.
 */
export function drawFiles(random: Random, setting: Setting, spanMs: Millis, membership: Membership): Clients {
  if (setting.forgetful || random.chance(0.5)) return [];
  const draw = new Draw(random, setting, membership === "all" ? random.pick([0.5, 0.9]) : 0);
  return names("uploader-", random.whole(1, 3)).map((address) => ({
    address,
    patienceMs: random.pick([15, 30, 300, 1000]),
    requests: draw.requests(address, spanMs),
  }));
}

class Draw {
  readonly #random: Random;
  readonly #setting: Setting;
  readonly #large: number;
  readonly #paths: readonly string[];
  readonly #digests: readonly Digest[];

  /** `large` is the share of files whose contents stand beside the store. */
  constructor(random: Random, setting: Setting, large: number) {
    this.#random = random;
    this.#setting = setting;
    this.#large = large;
    this.#paths = random.sample(PATHS, random.whole(2, PATHS.length));
    this.#digests = random.sample(DIGESTS, random.whole(1, DIGESTS.length));
  }

  requests(address: string, spanMs: Millis): TransactRequest[] {
    const random = this.#random;
    const count = random.whole(5, 25);
    return names(`${address}.`, count).map((txn) => {
      const uploads: Upload[] = [];
      return {
        kind: "transact",
        afterMs: random.whole(0, Math.floor(spanMs / count)),
        txn,
        ...led(random, this.#setting, true),
        operations: this.#operations(txn, uploads),
        checks: random.chance(0.1) ? [{ key: this.#key(), is: random.pick(["exists", "absent"]) }] : [],
        uploads,
        insists: random.pick(["no", "asks", "repeats"]),
      };
    });
  }

  /** Of each path one. Copies come first: they are of what there was before. */
  #operations(txn: TxnId, uploads: Upload[]): Operation[] {
    const random = this.#random;
    const [first = "f", second = "g"] = random.shuffled(this.#paths).map(fileKey);
    const change = random.next();
    if (change < 0.15) return [{ op: "copy", key: second, source: first }];
    if (change < 0.3)
      return [
        { op: "copy", key: second, source: first },
        { op: "del", key: first },
      ];
    if (change < 0.4) return [{ op: "del", key: first }];
    const written = random.chance(0.3) ? [first, second] : [first];
    const operations = written.map((key): Operation => ({ op: "put", key, value: this.#row(uploads) }));
    return random.chance(0.3) ? [...operations, { op: "put", key: "k1", value: JSON.stringify(txn) }] : operations;
  }

  #row(uploads: Upload[]): string {
    const random = this.#random;
    const digest = random.pick(this.#digests);
    const isLarge = random.chance(this.#large);
    if (isLarge) uploads.push({ digest, nodes: this.#keepers() });
    const row: FileRow = isLarge
      ? { size: LARGE_BYTES, digest, modified: 1, chunks: "" }
      : { size: 1, digest, modified: 1, inline: "AA==" };
    return JSON.stringify(row);
  }

  /** Mostly all of them. Nobody, where what another file has may do. */
  #keepers(): NodeId[] {
    const { replicas } = this.#setting;
    return this.#random.chance(0.8) ? [...replicas] : this.#random.some(replicas);
  }

  #key(): Key {
    return fileKey(this.#random.pick(this.#paths));
  }
}
