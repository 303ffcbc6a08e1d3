/** What is on disk below a folder, to show that nothing was changed. */

import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";

/** The digest of each file. LMDB's table of readers is no data. */
export function snapshot(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile() && !path.endsWith("lock.mdb"));
  return Object.fromEntries(files.map((path) => [relative(folder, path), digest(path)]));
}

function digest(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}

/** Inverts one byte in the middle of each occurrence of a text in a file's bytes. Returns how many there were. */
export function inverted(bytes: Buffer, text: string): number {
  let count = 0;
  for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, at + 1)) {
    const middle = at + (text.length >> 1);
    bytes.writeUInt8(bytes.readUInt8(middle) ^ 0xff, middle);
    count += 1;
  }
  return count;
}
