/** Which cluster a command talks to: flag, environment, file, default. */

import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { Problem } from "../language/problem.js";

export const DEFAULT_PORT = 7411;
const DEFAULT_URL = `http://127.0.0.1:${DEFAULT_PORT}`;
const FILE = ".ayesrc";

/** Whether a word of a command line is meant as the place of a cluster. */
export function isUrl(word: string | undefined): word is string {
  return word !== undefined && /^[a-z][a-z0-9+.-]*:\/\//i.test(word);
}

/** The place, in this order: named here, AYES_URL, `.ayesrc` in this folder or at home, this computer. */
export function placeOf(named: string | undefined): string {
  const url = named ?? (process.env.AYES_URL || fileUrl(process.cwd()) || fileUrl(homedir()) || DEFAULT_URL);
  if (!isUrl(url) || !URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new Problem(`not a URL of a cluster: ${JSON.stringify(url)}; it looks like ${DEFAULT_URL}`);
  }
  return url;
}

/** The file holds one line: `url = http://...`. */
function fileUrl(folder: string): string | undefined {
  try {
    return /^\s*url\s*=\s*(\S+)/m.exec(readFileSync(join(folder, FILE), "utf8"))?.[1];
  } catch {
    return undefined;
  }
}
