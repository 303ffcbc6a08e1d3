/** The contents that the files of one store need: all of them are compared with what the rows say. */

import { readdirSync } from "node:fs";
import { contentIn, type Digest, type FileRow, markIn, pathIn } from "../../actors/file.js";
import type { Key } from "../../actors/transaction.js";
import { decodeStored } from "../../storage/codec.js";
import { contentsFolder } from "../../storage/contents.js";
import type { Snapshot } from "../../storage/snapshot.js";
import type { Content } from "../files/content.js";
import { type Flaw, flawIn } from "../files/flaw.js";

/** A content, and one of the files that need it. */
export type Needed = { path: string; content: Content };
export type FlawedContent = Needed & { flaw: Flaw };

/** What a look at all contents of a replica comes to. */
export type ContentExamination = {
  contents: number;
  flawed: FlawedContent[];
  /** What is in the folder and no file needs. */
  orphans: string[];
};

const STRIDE = 1000;
const FLAWS_MOST = 10_000;
const ORPHANS_MOST = 1000;

/** All contents that a store needs. Yields how many rows it has seen. */
export function* neededBy(snapshot: Snapshot): Generator<number, Needed[]> {
  const needed = new Map<Digest, Needed>();
  let rows = 0;
  for (const { key, value } of snapshot.data(() => undefined)) {
    const path = pathIn(key.toString());
    const row = path === undefined ? undefined : decodeStored(key.toString(), value)?.value;
    const digest = contentIn(row);
    if (path !== undefined && digest !== undefined) {
      const { size, chunks = "" } = JSON.parse(String(row)) as FileRow;
      needed.set(digest, { path, content: { size, digest, chunks } });
    }
    rows += 1;
    if (rows % STRIDE === 0) yield rows;
  }
  return [...needed.values()];
}

/** `folder` is the node's, and `promised` are keys that undecided transactions write there. */
export async function examineContents(
  folder: string,
  needed: readonly Needed[],
  promised: readonly Key[],
  onBytes: (bytes: number) => void,
): Promise<ContentExamination> {
  const flawed: FlawedContent[] = [];
  let bytes = 0;
  const count = (more: number) => {
    bytes += more;
    onBytes(bytes);
  };
  for (const one of needed) {
    const flaw = await flawIn(folder, one.content, count);
    if (flaw && flawed.length < FLAWS_MOST) flawed.push({ ...one, flaw });
  }
  return { contents: needed.length, flawed, orphans: orphansIn(folder, needed, promised) };
}

function orphansIn(folder: string, needed: readonly Needed[], promised: readonly Key[]): string[] {
  const wanted = new Set([...needed.map(({ content }) => content.digest), ...promised.flatMap(digestIn)]);
  return namesIn(contentsFolder(folder))
    .filter((name) => !wanted.has(name))
    .slice(0, ORPHANS_MOST);
}

function digestIn(key: Key): Digest[] {
  const mark = markIn(key);
  return mark ? [mark.digest] : [];
}

/** A replica that has never run since there are files has no such folder. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
