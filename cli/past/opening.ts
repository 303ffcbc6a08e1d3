/** Opens what is over: the folder of a cluster, or a recording of one. */

import { statSync } from "node:fs";
import { resolve } from "node:path";
import type { History } from "../../runtime/past/past-api.js";

export async function historyOf(place: string): Promise<History> {
  if (statSync(place, { throwIfNoEntry: false })?.isFile()) {
    const { historyOfRecording } = await import("../../runtime/past/recorded-history.js");
    const { entriesOf } = await import("./recording-file.js");
    return historyOfRecording(place, entriesOf(place));
  }
  const { historyOfFolder } = await import("../../runtime/past/folder-history.js");
  return historyOfFolder(resolve(place));
}
