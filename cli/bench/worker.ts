/** What a piscina worker of the benchmark runs: its share of the clients over a connection of its own. */

import { connect } from "../commands/engine.js";
import { type Board, drive, type Load, type Tally } from "./load.js";
import { type Place, Tapes } from "./tape.js";

/** The share of one worker. */
export type Share = { url: string; load: Load; board: Board; history?: Place };

export async function share({ url, load, board, history }: Share): Promise<Tally> {
  const cluster = await connect(url);
  const tapes = history && new Tapes(history);
  try {
    return await drive(cluster, load, board, tapes && (() => tapes.newTape()));
  } finally {
    tapes?.close();
    await cluster.close();
  }
}
