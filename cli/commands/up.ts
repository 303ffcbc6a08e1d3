/** `ayes up`: a cluster as a server, until it is told to stop. */

import type { Entry } from "../../runtime/recording/entry.js";
import { whyAway } from "../output/status.js";
import { RecordingFile } from "../past/recording-file.js";
import { type OpenOptions, open, serve } from "./engine.js";
import { DEFAULT_PORT } from "./place.js";
import { stopSignal } from "./signals.js";

export type UpFlags = Omit<OpenOptions, "record"> & {
  port?: number;
  retain?: number;
  record?: string;
  json?: boolean;
  quiet?: boolean;
};

/** Opens, serves, says `ready URL` on stdout when it accepts, and stops cleanly on a signal. */
export async function up({ port = DEFAULT_PORT, retain, record, json, quiet, ...options }: UpFlags): Promise<number> {
  const stopping = stopSignal();
  const settings = retain === undefined ? {} : { settings: { retainedOutcomes: retain } };
  const recording = record === undefined ? undefined : await recordingIn(record);
  const cluster = await open({ trace: true, ...options, ...settings, record: recording?.take });
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
    recording?.close();
  }
  return 0;
}

/** All of what happens, in a file. */
async function recordingIn(path: string): Promise<{ take(entry: Entry): void; close(): void }> {
  const { lineOf } = await import("../../runtime/recording/entry.js");
  const file = new RecordingFile(path);
  return { take: (entry) => file.take(lineOf(entry)), close: () => file.close() };
}
