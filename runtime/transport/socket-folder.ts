/** Where the sockets of a cluster's nodes are. */

import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A socket's path has at most 104 bytes on some systems. */
const SOCKET_FOLDER_BYTES = 88;

/** In the data folder, where a crash leaves nothing behind elsewhere, unless its path is too long for a socket. */
export function makeSocketFolder(folder: string): string {
  const links = join(folder, "links");
  if (Buffer.byteLength(links) > SOCKET_FOLDER_BYTES) return mkdtempSync(join(tmpdir(), "ayes-links-"));
  rmSync(links, { recursive: true, force: true });
  mkdirSync(links, { mode: 0o700 });
  return links;
}
