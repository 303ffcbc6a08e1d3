/**
 * An ordinary folder as a participant. The cluster is its last agent: the folder promises first, on disk, and the cluster's
 * transaction, which changes the folder's row, then decides for both. So the folder needs no second round of messages, and
 * what is in doubt after a crash is what the row says.
 */

import { readdir } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { Check, ClientOperation } from "../../actors/transaction.js";
import type { Result } from "../api.js";
import { AyesError, asAyesError } from "../errors.js";
import type { FolderStatus } from "../folders-api.js";
import type { FolderDraft } from "./draft.js";
import { dropIntent, type Intent, readIntent, undoable, writeIntent } from "./intent.js";
import { type Layout, missing, onDisk } from "./layout.js";
import { forget, publish } from "./publication.js";
import { FolderRow, type RowGround } from "./row.js";
import { changedBy, examine, intentOf } from "./vote.js";

const MARK_FILE = "folder.json";
const AGAIN_MS = 1000;

/** What a folder says of itself: whose it is. */
export type Mark = { cluster: string; id: string };

export class AttachedFolder {
  readonly name: string;
  readonly layout: Layout;
  readonly mark: Mark;
  readonly #row: FolderRow;
  /** Of the row; `null` when there is none, undefined when it must be read first. */
  #version: string | null | undefined;
  /** The transaction that changes it. */
  #holder: { txn: string; ended: Promise<void>; end(): void } | undefined;
  /** What it has promised, and how that ended nobody knows yet, or it is not carried out. */
  #promised: Intent | undefined;
  #loading: Promise<void> | undefined;
  #settling: Promise<void> | undefined;
  #reason: string | undefined;
  #isClosed = false;

  constructor(name: string, layout: Layout, mark: Mark, ground: RowGround) {
    this.name = name;
    this.layout = layout;
    this.mark = mark;
    this.#row = new FolderRow(mark.id, ground);
  }

  /** Says in the folder whose it is, on disk. */
  static async claim(layout: Layout, mark: Mark): Promise<void> {
    await layout.make();
    layout.write(MARK_FILE, mark);
  }

  /** Whose a folder is, if it is anybody's. */
  static owner(layout: Layout): Promise<Mark | undefined> {
    return layout.read<Mark>(MARK_FILE);
  }

  /** Carries out what was promised before a crash, if that can be known now, and goes on trying if not. */
  async open(): Promise<void> {
    try {
      await this.#load();
      if (this.#promised) await this.#settle();
    } catch {
      // It is said by `status`, and to those who need it.
    }
  }

  /** Resolves with its version once no transaction is changing it. Rejects with `unavailable` when it cannot be used. */
  async ready(): Promise<string | null> {
    while (this.#holder) await this.#holder.ended;
    await this.#load();
    if (this.#promised && !this.#holder) await this.#settle();
    if (this.#version === undefined) this.#version = await this.#row.version();
    return this.#version;
  }

  /** Votes: resolves when it has promised, on disk, all that the draft wants to write. Rejects with why it says no. */
  async vote(draft: FolderDraft, txn: string): Promise<void> {
    if (draft.writes.size === 0) return examine(draft, await this.ready());
    const winner = this.#holder?.txn ?? this.#promised?.txn;
    if (winner !== undefined || this.#version === undefined) throw changedBy(this.name, winner ?? null);
    let end = () => {};
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    this.#holder = { txn, ended, end };
    try {
      await this.#load();
      await examine(draft, this.#version);
      this.#promised = intentOf(draft, txn);
      writeIntent(this.layout, this.#promised);
    } catch (error) {
      await this.conclude(txn, "aborted");
      throw error;
    }
  }

  /** What the row is to be and what it must be for this draft to commit. */
  termsOf({ version, writes }: FolderDraft): { check: Check; operation: ClientOperation | undefined } {
    const operation = writes.size === 0 ? undefined : this.#row.changed(writes.size);
    return { check: this.#row.unchangedSince(version ?? null), operation };
  }

  /** The transaction has ended. Resolves when the folder is as it should be, or has to be tried again later. */
  async conclude(txn: string, outcome: Result["outcome"]): Promise<void> {
    if (this.#holder?.txn !== txn) return;
    const committed = outcome === "committed";
    if (outcome === "unknown") this.#despair(`nobody can say yet how transaction ${txn} ended`);
    else await this.#settle({ committed, version: committed ? txn : (this.#version ?? null) }).catch(() => undefined);
    this.#holder.end();
    this.#holder = undefined;
  }

  /** Whether a transaction is about to make a file of what was staged under this name. */
  needs(name: string): boolean {
    return this.#promised?.steps.some(({ staged }) => staged === name) ?? false;
  }

  async status(): Promise<FolderStatus> {
    const about = { name: this.name, dir: this.layout.dir };
    try {
      await this.#requireMark();
      const undo = await undoable(this.layout);
      const conflicts = await found(this.layout);
      const more = {
        ...(undo && { undo: { txn: undo.txn, files: undo.steps.length } }),
        ...(conflicts.length > 0 && { conflicts }),
      };
      if (this.#holder) return { ...about, state: "busy", ...more };
      if (!this.#promised) return { ...about, state: "ready", ...more };
      return { ...about, state: "in-doubt", reason: this.#reason ?? "it was not asked for yet", ...more };
    } catch (error) {
      return { ...about, state: "unavailable", reason: asAyesError(error).message };
    }
  }

  /** Waits for a transaction that is changing it. Whatever is in doubt then stays so until it is opened again. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#settling?.catch(() => undefined);
  }

  /** It must be there each time; what it had promised is read once. */
  async #load(): Promise<void> {
    await this.#requireMark();
    this.#loading ??= this.#read();
    await this.#loading.catch((error: NodeJS.ErrnoException) => {
      this.#loading = undefined;
      onDisk(error);
    });
  }

  async #read(): Promise<void> {
    await this.layout.make();
    const promised = await readIntent(this.layout);
    const undo = await undoable(this.layout);
    await this.layout.clear(new Set(promised?.steps.map(({ staged }) => staged)));
    await forget(this.layout, [promised?.txn, undo?.txn]);
    this.#promised = promised;
  }

  async #requireMark(): Promise<void> {
    const owner = await AttachedFolder.owner(this.layout).catch(unreadable);
    if (owner?.cluster === this.mark.cluster && owner.id === this.mark.id) return;
    const state = owner ? "another folder stands there" : "it is gone";
    throw new AyesError("unavailable", `folder ${JSON.stringify(this.name)} (${this.layout.dir}): ${state}`);
  }

  #settle(known?: { committed: boolean; version: string | null }): Promise<void> {
    this.#settling ??= this.#carryOut(known)
      .catch((error: unknown) => {
        this.#despair(asAyesError(error).message);
        throw new AyesError("unavailable", `folder ${JSON.stringify(this.name)} is in doubt: ${this.#reason}`);
      })
      .finally(() => {
        this.#settling = undefined;
      });
    return this.#settling;
  }

  async #carryOut(known?: { committed: boolean; version: string | null }): Promise<void> {
    const intent = this.#promised;
    if (!intent) return;
    if (!known && this.#isClosed) throw new AyesError("closed");
    const end = known ?? (await this.#row.decide(intent));
    if (!end) throw new AyesError("unavailable", `nobody can say yet how transaction ${intent.txn} ended`);
    if (end.committed) await publish(this.layout, intent);
    else await dropIntent(this.layout);
    // Otherwise a function may still want what it has staged.
    if (!known) await this.layout.sweep(intent.steps);
    this.#version = end.version;
    this.#promised = undefined;
    this.#reason = undefined;
  }

  /** For now. */
  #despair(reason: string): void {
    this.#reason = reason;
    void this.#tryAgain();
  }

  async #tryAgain(): Promise<void> {
    await sleep(AGAIN_MS, undefined, { ref: false });
    if (!this.#isClosed && this.#promised && !this.#holder) await this.#settle().catch(() => undefined);
  }
}

/** A folder on a disk that is gone, or that we may not enter any more. */
function unreadable(error: unknown): never {
  throw new AyesError("unavailable", asAyesError(error).message);
}

/** What was found where promises had to be kept. */
async function found({ conflicts }: Layout): Promise<string[]> {
  const entries = await readdir(conflicts, { recursive: true }).catch(missing);
  return (entries ?? []).filter((path) => path.includes("/")).sort();
}
