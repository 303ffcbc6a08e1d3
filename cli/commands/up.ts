/** `ayes up`: a cluster as a server, until it is told to stop. */

import { whyAway } from "../output/status.js";
import { type OpenOptions, open, serve } from "./engine.js";
import { DEFAULT_PORT } from "./place.js";
import { stopSignal } from "./signals.js";

export type UpFlags = OpenOptions & { port?: number; retain?: number; json?: boolean; quiet?: boolean };

/** Opens, serves, says `ready URL` on stdout when it accepts, and stops cleanly on a signal. */
export async function up({ port = DEFAULT_PORT, retain, json, quiet, ...options }: UpFlags): Promise<number> {
  const stopping = stopSignal();
  const settings = retain === undefined ? {} : { settings: { retainedOutcomes: retain } };
  const cluster = await open({ trace: true, ...options, ...settings });
  try {
    for (const node of (await cluster.status()).nodes) {
      if (node.state !== "up" && !quiet) process.stderr.write(`warning: ${node.id} ${node.state}: ${whyAway(node)}\n`);
    }
    const served = await serve(cluster, port, options.chaos === true);
    process.stdout.write(json ? `${JSON.stringify({ ready: served.url })}\n` : `ready ${served.url}\n`);
    await stopping;
    await served.close();
  } finally {
    await cluster.close();
  }
  return 0;
}
