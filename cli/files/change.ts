/** Files of a cluster that change in one transaction, decided on what is there, which must still be so when it commits. */

import { setTimeout as sleep } from "node:timers/promises";
import type { Cluster, FileOperation } from "../../runtime/api.js";
import { AyesError } from "../../runtime/errors.js";
import { checkPath } from "../../runtime/files/path.js";
import { Stagings } from "../../runtime/files/transaction-files.js";
import type { FileStat, ListFilesQuery, TransactionFiles } from "../../runtime/files-api.js";
import { Attempt } from "../../runtime/functions/attempt.js";
import { mayPass } from "../../runtime/functions/passing.js";
import { pauseMs } from "../../runtime/functions/pause.js";
import { Problem } from "../language/problem.js";
import type { Ending } from "../session/transaction.js";

/** How often what was decided on may have changed. */
const TRIES = 12;
const COMMIT_MS = 120_000;
const PAGE = 10_000;
const OPERATIONS_MOST = 20_000;

export type Files = ReadonlyMap<string, FileStat>;

/** What is to be done, given what is there. */
export type Decide = (there: Files) => Promise<FileOperation[]>;

/** All files whose path begins with one of these, as they were at one moment, or `decide` is asked again. */
export async function changeFiles(cluster: Cluster, prefixes: readonly string[], decide: Decide): Promise<Ending> {
  for (let tries = 1; ; tries += 1) {
    const { ending, isPassing } = await changeOnce(cluster, prefixes, decide);
    if (!isPassing || tries === TRIES) return ending;
    await sleep(pauseMs(tries));
  }
}

/** As they were at one moment. */
export async function listFiles(cluster: Cluster, prefix: string): Promise<Files> {
  let found: Files = new Map();
  const ending = await changeFiles(cluster, [prefix], async (there) => {
    found = there;
    return [];
  });
  if (ending.outcome === "committed") return found;
  throw new AyesError(ending.why.code, ending.why.detail, ending.why);
}

/** What paths in a folder of the cluster begin with. The folder of all files has no name. */
export function prefixOf(path: string): string {
  const name = path.replace(/\/$/, "");
  return name === "" ? "" : `${checkPath(name)}/`;
}

async function changeOnce(cluster: Cluster, prefixes: readonly string[], decide: Decide) {
  const stagings = new Stagings(async () => cluster.traffic);
  const attempt = new Attempt((query) => cluster.snapshot(query), stagings);
  const ending = await runOnce(cluster, attempt, prefixes, decide);
  return { ending, isPassing: ending.outcome === "aborted" && mayPass(ending.why, attempt.content.read) };
}

async function runOnce(cluster: Cluster, attempt: Attempt, prefixes: readonly string[], decide: Decide) {
  try {
    const there = new Map<string, FileStat>();
    for (const prefix of prefixes) for await (const file of filesIn(attempt.files, prefix)) there.set(file.path, file);
    for (const operation of await decide(there)) attempt.write(operation);
  } catch (error) {
    if (attempt.flaw) return { outcome: "aborted", why: attempt.flaw } satisfies Ending;
    throw error;
  }
  return commit(cluster, attempt);
}

async function* filesIn(files: Pick<TransactionFiles, "list">, prefix: string): AsyncIterable<FileStat> {
  for (let query: ListFilesQuery | undefined = { prefix, limit: PAGE }; query; ) {
    const page = await files.list(query);
    yield* page.files;
    query = page.next;
  }
}

async function commit(cluster: Cluster, attempt: Attempt): Promise<Ending> {
  if (attempt.onlyReads) return { outcome: "committed" };
  const { read, written } = attempt.content;
  if (written.length > OPERATIONS_MOST) {
    throw new Problem(`${written.length} files would change; a transaction takes ${OPERATIONS_MOST}; ${IN_PARTS}`);
  }
  try {
    return await cluster.transact(written, { checks: read, deadlineMs: COMMIT_MS });
  } catch (error) {
    if (!(error instanceof AyesError) || error.code !== "too-large") throw error;
    throw new Problem(`${error.message}; ${IN_PARTS}`);
  }
}

/** What to do with more than fits in a transaction. */
export const IN_PARTS = "copy its subfolders one after the other: each changes in one transaction";
