/** What became of a repair, in words. */

import type { Repaired } from "../../runtime/healing-api.js";

export function repairedText({ node, source, keys, logRecords, contents, kept, lost = [] }: Repaired): string {
  const files = contents === 1 ? "the content of 1 file" : `the contents of ${contents} files`;
  const store = `${keys} keys and ${logRecords} log records copied from ${source}`;
  return [
    `${node} is up: ${source === undefined ? `${files} mended` : store}`,
    ...(source === undefined || contents === 0 ? [] : [`${files} copied`]),
    ...(kept === undefined ? [] : [`its old folder is kept as ${kept}`]),
    ...(lost.length === 0
      ? []
      : [`no replica has the bytes of ${lost.map((path) => JSON.stringify(path)).join(", ")}`]),
  ].join("; ");
}
