/** What a piscina worker of the benchmark runs: its share of the clients over a connection of its own. */

import { connect } from "../commands/engine.js";
import { type Board, drive, type Load, type Tally } from "./load.js";

/** The share of one worker. */
export type Share = { url: string; load: Load; board: Board };

export async function share({ url, load, board }: Share): Promise<Tally> {
  const cluster = await connect(url);
  try {
    return await drive(cluster, load, board);
  } finally {
    await cluster.close();
  }
}
