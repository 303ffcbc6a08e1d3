/** What a copy came to. */

import type { Ending } from "../session/transaction.js";
import type { Skipped } from "./folder.js";

export type Copied = {
  /** Of the transaction in which files of the cluster changed. */
  ending?: Ending;
  written: number;
  /** Files that were the same already. */
  same: number;
  deleted: number;
  /** Of what was written. */
  bytes: number;
  /** What was left alone, because it is no ordinary file. */
  skipped: readonly Skipped[];
};
