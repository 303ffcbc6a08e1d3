/** Whether replicas keep their promises about contents: looked at in each turn, at each start, and in the end. */

import { CONTENTS, type Digest, markIn, pathIn } from "../../actors/file.js";
import { folderKeys } from "../../actors/file-tree.js";
import type { Key, NodeId, Stored, TxnId } from "../../actors/transaction.js";
import type { JournalLine } from "../journal.js";
import type { Actor } from "./actor.js";

const EVERYTHING = 1_000_000;

/** Looks at replicas while they run. */
export class ContentsWatch {
  /** Promises that a node has heard the abort of. A crash may bring them back, since aborts are not forced: to no effect. */
  readonly #over = new Set<string>();

  line({ node, records }: JournalLine): void {
    for (const { record } of records) {
      if (record.kind === "prepared") this.#over.delete(nameOf(node, record.txn));
      else if (record.kind === "concluded") this.#over.add(nameOf(node, record.txn));
    }
  }

  /** What a committed file needs at this replica, or one that is promised, and that is not on disk. */
  missing({ self, core, storage, contents }: Actor): string[] {
    if (!core || !storage) return [];
    const committed = storage.scan(CONTENTS, EVERYTHING).map(({ key }) => key);
    const promised = core.locks().flatMap(({ txn, writes }) => (this.#over.has(nameOf(self, txn)) ? [] : writes));
    return [...committed, ...promised]
      .flatMap((key) => markIn(key) ?? [])
      .filter(({ digest }) => !contents.isDurable(digest))
      .map(({ digest, path }) => `${self} needs ${shown(digest)} for ${path}, and has not got it`);
  }
}

/** What a replica that has settled keeps, and nobody needs, or the other way round. */
export function strayContents({ self, storage, contents }: Actor): string[] {
  const rows = storage?.scan(CONTENTS, EVERYTHING) ?? [];
  const needed = new Set(rows.flatMap(({ key }) => markIn(key)?.digest ?? []));
  const kept = new Set(contents.all());
  return [
    ...without(kept, needed).map((digest) => `${self} keeps ${shown(digest)}, which nobody needs`),
    ...without(needed, kept).map((digest) => `${self} has lost ${shown(digest)}`),
    ...[...contents.staged].map((digest) => `${shown(digest)} is staged at ${self} for nobody`),
  ];
}

/** FILE4, of the whole data at a moment. */
export function wrongFiles(data: ReadonlyMap<Key, Stored>): string[] {
  const folders = [...data.keys()].flatMap(folderKeys);
  return folders.filter((key) => data.has(key)).map((key) => `${pathIn(key)} is a file and a folder`);
}

function without(some: ReadonlySet<Digest>, others: ReadonlySet<Digest>): Digest[] {
  return [...some].filter((digest) => !others.has(digest));
}

function nameOf(node: NodeId, txn: TxnId): string {
  return `${node} ${txn}`;
}

function shown(digest: Digest): string {
  return digest.slice(0, 8);
}
