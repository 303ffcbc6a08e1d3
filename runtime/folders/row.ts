/**
 * The row that an attached folder has in the cluster. Its version is the transaction that changed the folder last, and every
 * transaction that needs the folder requires a version of it: so the cluster decides for the folder, and orders its
 * transactions, and can be asked for ever what became of the last one.
 */

import { OWN } from "../../actors/own-key.js";
import type { Check, ClientOperation, Key, Stored, TxnId } from "../../actors/transaction.js";
import type { Result } from "../api.js";
import type { ReadQuestion } from "../gateway/gateway.js";
import type { ReadAnswer } from "../gateway/results.js";
import type { CheckedTransaction } from "../validation.js";
import type { Intent } from "./intent.js";

/** Whoever needs a folder in doubt is told so soon; it is asked for again. */
const PATIENCE_MS = 1000;
const FOLDER_ROWS = `${OWN}folder/`;

/** What the cluster does for a row. */
export type RowGround = {
  ask(question: ReadQuestion): Promise<ReadAnswer>;
  run(transaction: CheckedTransaction): Promise<Result>;
};

export class FolderRow {
  readonly #key: Key;
  readonly #ground: RowGround;

  constructor(id: string, ground: RowGround) {
    this.#key = FOLDER_ROWS + id;
    this.#ground = ground;
  }

  /** The version; `null` when no transaction has changed the folder yet. Waits for one that is undecided. */
  async version(): Promise<string | null> {
    return (await this.#read())?.version ?? null;
  }

  /** The folder is as it was at this version. */
  unchangedSince(version: string | null): Check {
    return version === null ? { key: this.#key, is: "absent" } : { key: this.#key, is: "version", version };
  }

  /** The folder changes. */
  changed(files: number): ClientOperation {
    return { op: "put", key: this.#key, value: JSON.stringify({ files }) };
  }

  /**
   * What became of a transaction that had promised, and the version now. If it is not decided yet, it is not to be: a change
   * of the version that it requires rules it out, or comes too late. Undefined when that cannot be known now.
   */
  async decide({ txn, prior }: Intent): Promise<{ committed: boolean; version: string | null } | undefined> {
    const row = await this.#read();
    const version = row?.version ?? null;
    if (version === txn) return { committed: true, version };
    if (row !== undefined && ruledOutBy(row) === txn) return { committed: false, version };
    if (version !== prior) return undefined;
    const ruledOut = await this.#ground.run({
      id: undefined,
      protocol: undefined,
      deadlineMs: PATIENCE_MS,
      operations: [{ op: "put", key: this.#key, value: JSON.stringify({ ruledOut: txn }) }],
      checks: [this.unchangedSince(prior)],
    });
    return ruledOut.outcome === "committed" ? { committed: false, version: ruledOut.txn } : undefined;
  }

  async #read(): Promise<Stored | undefined> {
    const { values } = await this.#ground.ask({
      keys: [this.#key],
      consistency: "linearizable",
      replica: undefined,
      deadlineMs: PATIENCE_MS,
    });
    return values[0];
  }
}

function ruledOutBy({ value }: Stored): TxnId | undefined {
  return (JSON.parse(String(value)) as { ruledOut?: TxnId }).ruledOut;
}
