/** A look at all contents of one replica. While it runs they come and go, so it is asked what is still so. */

import type { Digest } from "../../actors/file.js";
import type { Key } from "../../actors/transaction.js";
import type { Standing } from "../files/custodian.js";
import type { Task } from "../healing-api.js";
import type { ContentExamination } from "./contents.js";
import type { Examiner } from "./examiner.js";

/** What the replica says of a content now; nothing when it does not run: then nothing moves. */
export type Standings = (digest: Digest) => Promise<Standing | undefined>;

const DIGEST = /^[0-9a-f]{64}$/;

/** The examiner has the store open, and lets go of it. */
export async function scrutinize(
  examiner: Examiner,
  promised: Key[],
  { standing, task }: { standing: Standings; task: Task },
): Promise<ContentExamination> {
  task.of += (await examiner.needed()).bytes;
  let before = 0;
  const found = await examiner.contents(promised, (bytes) => {
    task.done += bytes - before;
    before = bytes;
  });
  const flawed = await those(found.flawed, async ({ content, flaw }) => {
    const now = await standing(content.digest);
    return !now || (now.needed && !(now.here && flaw.is === "missing"));
  });
  const orphans = await those(found.orphans, async (name) => {
    const now = DIGEST.test(name) ? await standing(name) : undefined;
    return !now?.needed && now?.here !== false;
  });
  return { ...found, flawed, orphans };
}

/** One after the other: there are few. */
async function those<T>(all: readonly T[], isSo: (one: T) => Promise<boolean>): Promise<T[]> {
  const kept: T[] = [];
  for (const one of all) if (await isSo(one)) kept.push(one);
  return kept;
}
