/** Opens what is over: the folder of a cluster, or a recording of one. */

import { statSync } from "node:fs";
import { resolve } from "node:path";
import type { History, PastNode } from "../../runtime/past/past-api.js";
import type { Trace } from "../../runtime/tracing-api.js";

export async function historyOf(place: string): Promise<History> {
  if (isRecording(place)) {
    const { historyOfRecording } = await import("../../runtime/past/recorded-history.js");
    const { entriesOf } = await import("./recording-file.js");
    return historyOfRecording(place, entriesOf(place));
  }
  const { historyOfFolder } = await import("../../runtime/past/folder-history.js");
  return historyOfFolder(resolve(place));
}

/** One transaction, and the nodes that tell of it: of a folder without reading all of it. */
export async function traceIn(place: string, txn: string): Promise<{ trace: Trace; nodes: readonly PastNode[] }> {
  if (isRecording(place)) {
    const history = await historyOf(place);
    return { trace: history.trace(txn), nodes: history.past.nodes };
  }
  const { traceOfFolder } = await import("../../runtime/past/folder-history.js");
  return traceOfFolder(resolve(place), txn);
}

function isRecording(place: string): boolean {
  return statSync(place, { throwIfNoEntry: false })?.isFile() === true;
}
