/** The built page, and how big it is on its way. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

export const PAGES = fileURLToPath(new URL("../../cli/dashboard-page", import.meta.url));

/** All of it, compressed as for a browser that knows only gzip. */
export function compressedBytes(): number {
  const names = readdirSync(PAGES, { recursive: true, encoding: "utf8" }).filter((name) => /\.\w+$/.test(name));
  return names.reduce((sum, name) => sum + gzipSync(readFileSync(join(PAGES, name))).length, 0);
}
