/** All attached folders of a cluster, in the program that has it open, and the transactions that they take part in. */

import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { ProtocolName } from "../../actors/transaction.js";
import type { Operation, Result, TransactOptions } from "../api.js";
import { AyesError, asAyesError } from "../errors.js";
import type { FolderStatus, Folders } from "../folders-api.js";
import { ofFreshId } from "../gateway/results.js";
import { newId } from "../ids.js";
import { describe } from "../json-shape.js";
import { type CheckedTransaction, checkOptions } from "../validation.js";
import { AttachedFolder } from "./attached-folder.js";
import { FolderDraft } from "./draft.js";
import { keptFile, undoable } from "./intent.js";
import { Layout } from "./layout.js";
import { digest } from "./plain-file.js";
import { checkFolderName, checkPlace, type Registered, readFolders, writeFolders } from "./registry.js";
import type { RowGround } from "./row.js";
import { FolderStagings } from "./staging.js";

export type FolderServiceOptions = RowGround & {
  /** The data folder, and the cluster in it. */
  data: string;
  cluster: string;
  freshId(protocol: ProtocolName | undefined): string;
  check(operations: readonly Operation[], options: TransactOptions | undefined): CheckedTransaction;
};

/** Commits the other part of a transaction. */
export type Send = (operations: readonly Operation[], options?: TransactOptions) => Promise<Result>;

export class FolderService implements Folders {
  readonly #options: FolderServiceOptions;
  readonly #folders = new Map<string, AttachedFolder>();
  /** Who attaches or detaches waits for whoever does. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: FolderServiceOptions) {
    this.#options = options;
  }

  /** When the nodes serve: carries out what was promised before a crash, as far as that can be known now. */
  async begin(): Promise<void> {
    for (const known of readFolders(this.#options.data)) this.#folders.set(known.name, this.#folderOf(known));
    await Promise.all([...this.#folders.values()].map((folder) => folder.open()));
  }

  async close(): Promise<void> {
    await Promise.all([...this.#folders.values()].map((folder) => folder.close()));
  }

  /** The folder of this name. Throws `not-found`. */
  of(name: unknown): AttachedFolder {
    const folder = typeof name === "string" ? this.#folders.get(name) : undefined;
    if (folder) return folder;
    throw new AyesError("not-found", `no folder is attached as ${describe(name)}`);
  }

  attach(name: string, dir: string): Promise<FolderStatus> {
    return this.#inTurn(async () => {
      const { data, cluster } = this.#options;
      checkFolderName(name);
      const place = checkPlace(dir, name, data, this.#registered());
      const known = this.#folders.get(name);
      if (known) return known.status();
      const layout = new Layout(place);
      const owner = await AttachedFolder.owner(layout);
      this.#requireFree(owner, place);
      const id = owner?.id ?? newId();
      await AttachedFolder.claim(layout, { cluster, id }).catch((error: Error) => {
        throw new AyesError("invalid", `${place} cannot be written: ${error.message}`);
      });
      const folder = this.#folderOf({ name, id, dir: place });
      writeFolders(data, [...this.#registered(), { name, id, dir: place }]);
      this.#folders.set(name, folder);
      await folder.open();
      return folder.status();
    });
  }

  detach(name: string): Promise<void> {
    return this.#inTurn(async () => {
      const folder = this.of(name);
      const { state, reason } = await folder.status();
      if (state === "busy" || state === "in-doubt") {
        throw new AyesError("unavailable", `folder ${JSON.stringify(name)} is ${state}: ${reason ?? "wait for it"}`);
      }
      this.#folders.delete(name);
      writeFolders(this.#options.data, this.#registered());
      await folder.close();
      // One that is gone, or another one's, keeps what it has.
      if (state === "ready") await clean(folder.layout);
    });
  }

  async list(): Promise<FolderStatus[]> {
    return Promise.all([...this.#folders.values()].map((folder) => folder.status()));
  }

  async undo(name: string): Promise<Result> {
    const folder = this.of(name);
    const stagings = new FolderStagings();
    try {
      const draft = new FolderDraft(folder, stagings);
      draft.version = await folder.ready();
      const last = await undoable(folder.layout);
      if (!last) throw new AyesError("not-found", `there is nothing to undo in folder ${JSON.stringify(name)}`);
      draft.undoes = last.txn;
      for (const [index, { path, before, after }] of last.steps.entries()) {
        const kept = keptFile(folder.layout, last.txn, index);
        if (before !== null && (await digest(kept))?.digest !== before) {
          throw new AyesError("not-found", "what it was before is not kept any more: it was changed", { file: path });
        }
        draft.seen.set(path, after);
        draft.writes.set(path, before === null ? null : await stagings.takeFile(folder.layout, kept, before));
      }
      return await this.commit([draft], undefined, (send) => send([]));
    } finally {
      await this.release(stagings);
    }
  }

  /** Runs a transaction that these folders take part in: they promise, the cluster decides, and they carry it out. */
  async commit(
    drafts: readonly FolderDraft[],
    protocol: ProtocolName | undefined,
    decide: (send: Send) => Promise<Result>,
  ): Promise<Result> {
    const txn = this.#options.freshId(protocol);
    const conclude = async (outcome: Result["outcome"]): Promise<void> => {
      await Promise.all(drafts.map(({ folder }) => folder.conclude(txn, outcome)));
    };
    try {
      for (const draft of drafts) await draft.folder.vote(draft, txn);
    } catch (error) {
      await conclude("aborted");
      if (!(error instanceof AyesError)) throw error;
      return { outcome: "aborted", txn, why: error.why };
    }
    let result: Result;
    try {
      result = await decide(this.#sender(txn, drafts));
    } catch (error) {
      await conclude(asAyesError(error).definite ? "aborted" : "unknown");
      throw error;
    }
    await conclude(result.outcome);
    return asConflict(result, drafts);
  }

  /** When a function has ended for good. What is promised stays. */
  release(stagings: FolderStagings): Promise<void> {
    const folders = [...this.#folders.values()];
    return stagings.release((layout, name) => folders.some((one) => one.layout === layout && one.needs(name)));
  }

  /** What is sent again has the same id: only the first time it is certain that nobody has seen it before. */
  #sender(txn: string, drafts: readonly FolderDraft[]): Send {
    const terms = drafts.map((draft) => draft.folder.termsOf(draft));
    const rows = terms.flatMap(({ operation }) => operation ?? []);
    let isFresh = true;
    return async (operations, { id: _, ...options } = {}) => {
      const isEmpty = operations.length + (options.checks?.length ?? 0) === 0;
      const checked = isEmpty ? { ...checkOptions(options), operations: [] } : this.#options.check(operations, options);
      const checks = [...checked.checks, ...terms.map(({ check }) => check)];
      const wasFresh = isFresh;
      isFresh = false;
      const all = { ...checked, id: txn, operations: [...checked.operations, ...rows], checks };
      const result = await this.#options.run(all);
      return wasFresh ? ofFreshId(result) : result;
    };
  }

  #requireFree(owner: { cluster: string; id: string } | undefined, place: string): void {
    if (!owner) return;
    const { cluster } = this.#options;
    if (owner.cluster !== cluster) {
      const help = `detach it there, or remove ${join(place, ".ayes")} if that is no more`;
      throw new AyesError("invalid", `${place} is attached to another cluster, ${owner.cluster}; ${help}`);
    }
    const other = [...this.#folders.values()].find(({ mark }) => mark.id === owner.id);
    if (!other) return;
    const help = `if it is a copy of that one, remove ${join(place, ".ayes")}`;
    throw new AyesError("invalid", `${place} says that it is ${other.layout.dir}, which is attached; ${help}`);
  }

  #registered(): Registered[] {
    return [...this.#folders.values()].map(({ name, mark, layout }) => ({ name, id: mark.id, dir: layout.dir }));
  }

  #folderOf({ name, id, dir }: Registered): AttachedFolder {
    return new AttachedFolder(name, new Layout(dir), { cluster: this.#options.cluster, id }, this.#options);
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined);
    return done;
  }
}

/** The rows of folders are nobody's keys: whoever lost one has lost a folder. */
function asConflict(result: Result, drafts: readonly FolderDraft[]): Result {
  if (result.outcome !== "aborted") return result;
  const { code, key, file, range, ...about } = result.why;
  const isOurs = key === undefined && file === undefined && range === undefined;
  if (!isOurs || (code !== "conflict" && code !== "check-failed")) return result;
  const names = drafts.map(({ folder }) => JSON.stringify(folder.name)).join(", ");
  return { ...result, why: { ...about, code: "conflict", detail: `another transaction changes folder ${names}` } };
}

/** Leaves an ordinary folder, with what a person may still want to look at. */
async function clean({ own, conflicts }: Layout): Promise<void> {
  const kept = await readdir(conflicts).catch(() => []);
  for (const name of await readdir(own)) {
    if (name !== "conflicts" || kept.length === 0) await rm(join(own, name), { recursive: true, force: true });
  }
  if (kept.length === 0) await rm(own, { recursive: true, force: true });
}
