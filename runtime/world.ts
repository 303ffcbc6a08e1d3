/** What the core sees in a turn of its host: the time, its store, and the contents of files. */

import type { World } from "../actors/protocol.js";
import type { Millis } from "../actors/transaction.js";
import type { Storage } from "../storage/storage.js";
import type { Custodian } from "./files/custodian.js";
import { misfit } from "./schema.js";

/** Without a custodian there are no contents. */
export function worldOf(now: Millis, storage: Storage, custodian: Pick<Custodian, "holds"> | undefined): World {
  return {
    now,
    read: (key) => storage.get(key),
    scan: (range, limit, reverse) => storage.scan(range, limit, reverse),
    changes: (query) => storage.changes(query),
    room: () => storage.room(),
    misfit,
    holds: (content) => custodian?.holds(content) ?? false,
  };
}
