/** What can be said about a cluster when it is opened. */

import type { Settings } from "../actors/protocol.js";
import type { ProtocolName } from "../actors/transaction.js";
import type { JournalLine } from "./journal.js";

export type OpenOptions = {
  /** The data folder (default `./ayes-data`). It is made when missing. */
  data?: string | undefined;
  /** A data folder of its own in the system's temporary folder, removed at `close`. */
  temporary?: boolean | undefined;
  /** How many replicas vote on and keep everything (default 3). Fixed when the folder is made. */
  replicas?: number | undefined;
  /** How many coordinators share the transactions (default 1). Fixed when the folder is made. */
  coordinators?: number | undefined;
  /** Where nodes live: in threads of this process (default), or each in a process of its own. */
  hosts?: "threads" | "processes" | undefined;
  /** Whether `crash` is allowed (default false). */
  chaos?: boolean | undefined;
  /** Only with `chaos` and processes: dial links at sockets `SOURCE-TARGET` in this folder, of somebody in between. */
  detour?: string | undefined;
  protocol?: ProtocolName | undefined;
  /** How patient nodes are, and how long their memory. */
  settings?: Partial<Settings> | undefined;
  /** Hears every turn of every node. It costs time. */
  journal?: ((line: JournalLine) => void) | undefined;
};
