/** What the front needs of the engine behind it: one process of a replicated playlist under three-phase commit. */

import type { Flag } from "./command.js";

/**
 * Nothing here waits but the outcome of a change. When a flag strikes, or an assumption breaks, the process dies inside
 * the player; so nothing rejects or throws either.
 */
export interface Player {
  /** The id of the coordinator as this process knows it; undefined while there is none. */
  leader(): number | undefined;
  /** Calls back each time that this process becomes coordinator: first started, elected, or alone after total failure. */
  onLead(listener: () => void): void;
  /** Sets a song's URL, as coordinator. Stays pending while nobody may decide: after total failure, until the last
   *  process to fail is back. Never settles if this process dies. */
  add(song: string, url: string): Promise<"commit" | "abort">;
  /** Removes a song, as coordinator; as good as `add` when there is none. */
  delete(song: string): Promise<"commit" | "abort">;
  /** What this process has committed. */
  get(song: string): string | undefined;
  /** Vote no on the next change, and only on that one. */
  voteNo(): void;
  /** Die at this point of the next round that comes to it. A later flag for the same point replaces an earlier one. */
  arm(flag: Flag): void;
}
