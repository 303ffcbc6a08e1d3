/** Transaction ids that sort by their time of birth, so that the cluster can tell an old one from a new one. */

import { monotonicFactory } from "ulid";

/** A new id. Later ones of this program sort after earlier ones, also when the clock steps back. */
export const newId: () => string = monotonicFactory();
