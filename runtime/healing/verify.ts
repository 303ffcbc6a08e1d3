/** Looks at every store of a cluster and compares the replicas. */

import { createHash } from "node:crypto";
import type { Digest } from "../../actors/file.js";
import type { Key, NodeId } from "../../actors/transaction.js";
import type { Examination } from "../../storage/examination.js";
import type { Target } from "../../storage/snapshot.js";
import { asAyesError } from "../errors.js";
import type { Standing } from "../files/custodian.js";
import type { NodeVerdict, Task, Verification } from "../healing-api.js";
import { shownEntry, shownText } from "../shown.js";
import { nextFor } from "../status.js";
import type { ContentExamination, FlawedContent } from "./contents.js";
import type { Examiner } from "./examiner.js";
import { scrutinize } from "./scrutiny.js";

/** A store to look at. */
export type Store = { node: NodeId; role: NodeVerdict["role"]; target: Target };

export type VerifyParts = {
  examiner(): Examiner;
  task: Task;
  /**
   * Whether replicas still disagree about a key. Where transactions run, two snapshots are not of one moment, and a
   * difference between them is only a hint. Without it the stores stand still.
   */
  confirm?: ((key: Key) => Promise<boolean>) | undefined;
  /** What a node that runs says of a content. */
  standing?: (node: NodeId, digest: Digest) => Promise<Standing | undefined>;
};

type Difference = { key: Key; nodes: NodeId[] };
type Seen = Store & {
  examiner: Examiner;
  found: Examination | undefined;
  contents: ContentExamination | undefined;
  failure: NodeVerdict["damages"];
};

/** Keys fall into parts; of so many parts the keys are compared at once. */
const PARTS_AT_ONCE = 8;
const DIFFERENCES_MOST = 10;
const SHOWN_MOST = 20;

export async function verify(stores: readonly Store[], parts: VerifyParts): Promise<Verification> {
  const seen = stores.map(
    (store): Seen => ({ ...store, examiner: parts.examiner(), found: undefined, contents: undefined, failure: [] }),
  );
  try {
    // All snapshots as close together as can be.
    await Promise.all(seen.map(({ examiner }) => examiner.ready));
    await Promise.all(seen.map((one) => attempt(one, () => open(one, parts.task))));
    await Promise.all(seen.map((one) => attempt(one, () => examine(one, parts.task))));
    const differences = await compare(seen, parts.confirm);
    await examineFiles(seen, parts);
    const odd = new Set(differences.flatMap(({ nodes }) => nodes));
    const nodes = seen.map((one) => verdictOf(one, odd.has(one.node)));
    return { whole: nodes.every(({ whole }) => whole), nodes, differences: differences.map(shownEntry) };
  } finally {
    for (const { examiner } of seen) examiner.close();
  }
}

async function attempt(one: Seen, work: () => Promise<void>): Promise<void> {
  if (one.failure.length > 0) return;
  try {
    await work();
  } catch (error) {
    const { code, message } = asAyesError(error);
    one.failure = [{ code, message }];
  }
}

async function open({ examiner, target }: Seen, task: Task): Promise<void> {
  const { size } = await examiner.open(target);
  task.of += size;
}

async function examine(one: Seen, task: Task): Promise<void> {
  let before = 0;
  one.found = await one.examiner.examine((rows) => {
    task.done += rows - before;
    before = rows;
  });
}

/** What files consist of, at replicas whose rows are right. */
async function examineFiles(seen: readonly Seen[], { task, standing }: VerifyParts): Promise<void> {
  Object.assign(task, { done: 0, of: 0, unit: "bytes" });
  const looks = seen.map((one) =>
    attempt(one, async () => {
      const { node, role, examiner, found } = one;
      if (role !== "replica" || found?.damages.length !== 0) return;
      const parts = { task, standing: async (digest: Digest) => standing?.(node, digest) };
      one.contents = await scrutinize(examiner, found.promised, parts);
    }),
  );
  await Promise.all(looks);
}

/** The keys that whole replicas disagree about, each with those that are not of the majority. */
async function compare(seen: readonly Seen[], confirm: VerifyParts["confirm"]): Promise<Difference[]> {
  const whole = seen.flatMap(({ node, role, examiner, found }) =>
    role === "replica" && found?.damages.length === 0 ? [{ node, examiner, found }] : [],
  );
  const [first] = whole;
  if (!first) return [];
  const parts = [...first.found.digest.keys()].filter((part) =>
    whole.some(({ found }) => found.digest[part] !== first.found.digest[part]),
  );
  // A replica that has concluded what another one has only promised is ahead, not different.
  const promised = new Set(whole.flatMap(({ found }) => found.promised));
  const differences: Difference[] = [];
  for (let start = 0; start < parts.length && differences.length < DIFFERENCES_MOST; start += PARTS_AT_ONCE) {
    const some = parts.slice(start, start + PARTS_AT_ONCE);
    const lists = await Promise.all(
      whole.map(async ({ node, examiner }) => [node, await examiner.entries(some)] as const),
    );
    for (const difference of disagreements(lists)) {
      if (promised.has(difference.key) || (confirm && !(await confirm(difference.key)))) continue;
      differences.push(difference);
      if (differences.length === DIFFERENCES_MOST) break;
    }
  }
  return differences;
}

function disagreements(lists: readonly (readonly [NodeId, [Key, number][]])[]): Difference[] {
  const prints = new Map<Key, Map<NodeId, number>>();
  for (const [node, entries] of lists) {
    for (const [key, print] of entries) prints.set(key, (prints.get(key) ?? new Map()).set(node, print));
  }
  const nodes = lists.map(([node]) => node);
  return [...prints].flatMap(([key, held]) => {
    const said = nodes.map((node) => held.get(node));
    const common = said.find((print) => said.filter((other) => other === print).length * 2 > said.length);
    const agreed = said.every((print) => print === said[0]);
    // Without a majority nobody can say who is wrong.
    const hasMajority = said.filter((print) => print === common).length * 2 > said.length;
    return agreed ? [] : [{ key, nodes: nodes.filter((_, index) => !hasMajority || said[index] !== common) }];
  });
}

function verdictOf({ node, role, found, contents, failure }: Seen, odd: boolean): NodeVerdict {
  const inRows = [...failure, ...(found?.damages ?? [])].map(({ code, message }) => {
    return { code, message: shownText(message) };
  });
  const damages = [...inRows, ...(contents?.flawed ?? []).map(damageOf)].slice(0, SHOWN_MOST);
  const whole = damages.length === 0 && !odd;
  return {
    node,
    role,
    whole,
    ...(found && { keys: found.keys, logRecords: found.records, digest: digestOf(found) }),
    ...(found && found.promised.length > 0 && { inDoubt: found.promised.length }),
    ...(contents && { contents: contents.contents }),
    ...(contents && contents.orphans.length > 0 && { orphans: contents.orphans.slice(0, SHOWN_MOST) }),
    damages,
    ...(!whole && { next: nextFor(node, role === "coordinator") }),
  };
}

function damageOf({ path, content, flaw }: FlawedContent): NodeVerdict["damages"][number] {
  return { code: "corrupt-data", message: `file ${JSON.stringify(path)}: its content ${content.digest} ${flaw.says}` };
}

function digestOf({ digest }: Examination): string {
  return createHash("sha256").update(digest.join()).digest("hex").slice(0, 16);
}
