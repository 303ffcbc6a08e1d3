/** What can be said about a cluster when it is opened. */

import type { Settings } from "../actors/protocol.js";
import type { ProtocolName } from "../actors/transaction.js";
import type { Membership } from "./config.js";
import type { JournalLine } from "./journal.js";
import type { Entry } from "./recording/entry.js";

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
  /** What transactions run under that do not say (default: what the folder was made with, `2pc` or, for an up-set, `3pc`). */
  protocol?: ProtocolName | undefined;
  /**
   * Who votes: \`all\` replicas (default), so that a dead one makes writes abort; or the \`up-set\`, those that are up to date,
   * and who comes back catches up first. Fixed when the folder is made.
   */
  membership?: Membership | undefined;
  /** How patient nodes are, and how long their memory. */
  settings?: Partial<Settings> | undefined;
  /** Whether to look on at transactions also while nobody asks to, as long as there are few (default false). See `Tracing`. */
  trace?: boolean | undefined;
  /** Hears every turn of every node. It costs time. */
  journal?: ((line: JournalLine) => void) | undefined;
  /** Hears all that is needed to run every node again, from the beginning. It costs time. See `Tracing`. */
  record?: ((entry: Entry) => void) | undefined;
};
