/** Where the engine is put behind the front. */

import { Problem } from "../language/problem.js";
import type { Player } from "./player.js";

export type PlayerOptions = {
  id: number;
  /** How many processes there may be at most. */
  n: number;
  /** The process's own folder. */
  folder: string;
  /** Whether it was the first of all ever started: only then does being alone mean to begin. */
  isFounder: boolean;
  /** Peers listen on this port plus their id. */
  peerPorts: number;
  /** Vote no if and only if the URL is longer than id + 5 bytes. */
  vetoLonger: boolean;
};

/** Opens the store, replays it, finds out who else is up, and takes part. */
export async function openPlayer(_options: PlayerOptions): Promise<Player> {
  throw new Problem("three-phase commit is not part of this build yet");
}
