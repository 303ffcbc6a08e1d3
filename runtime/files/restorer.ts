/**
 * Gives a node that has come up the contents that its files need and that it does not have: all of them after a repair,
 * and in an up-set those that were written while it was away.
 */

import { setTimeout as sleep } from "node:timers/promises";
import { type FileRow, fileKey } from "../../actors/file.js";
import type { Key, NodeId } from "../../actors/transaction.js";
import { AyesError } from "../errors.js";
import type { Host } from "../hosts/host.js";
import type { ReadOptions, Snapshot, SnapshotQuery } from "../reading-api.js";
import type { Lack, LackPage } from "./custodian.js";
import type { Mender } from "./mender.js";

export type RestorerOptions = {
  replicas: readonly NodeId[];
  mender: Mender;
  snapshot(query: SnapshotQuery, options?: ReadOptions): Promise<Snapshot>;
  /** A node, if it is up. */
  host(node: NodeId): Host | undefined;
};

/** How many contents were brought back, and the files whose bytes nobody has. */
export type Restored = { contents: number; lost: string[] };

/** One pass. `later` is what it will need, but not yet. */
type Pass = Restored & { later: number };

/** Hears when nothing more came of it. */
type First = { resolve(restored: Restored): void; reject(error: unknown): void };

/** Contents whose rows are read at once. */
const ROWS = 100;
const CALL_MS = 10_000;
/** Between two passes over a node that may come to lack more. */
const FIRST_PAUSE_MS = 100;
const LAST_PAUSE_MS = 5000;

export class Restorer {
  readonly #options: RestorerOptions;
  readonly #restored = new Map<NodeId, Promise<Restored>>();
  readonly #attending = new Set<Promise<void>>();
  readonly #closing = new AbortController();

  constructor(options: RestorerOptions) {
    this.#options = options;
  }

  /** A node has come up. Goes on in the background for as long as it may come to lack something. */
  attend(node: NodeId): void {
    const host = this.#options.host(node);
    if (!host || !this.#options.replicas.includes(node)) return;
    let first: First = { resolve: () => undefined, reject: () => undefined };
    const restored = new Promise<Restored>((resolve, reject) => {
      first = { resolve, reject };
    });
    // Whoever asks hears of a failure.
    restored.catch(() => undefined);
    this.#restored.set(node, restored);
    const attended = this.#attend(node, host, first).catch(first.reject);
    this.#attending.add(attended);
    void attended.then(() => this.#attending.delete(attended));
  }

  /** Resolves when a node that has come up has all that anybody has. Rejects when that cannot be. */
  async restored(node: NodeId): Promise<Restored> {
    return (await this.#restored.get(node)) ?? { contents: 0, lost: [] };
  }

  /** Attends to nobody any more. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all(this.#attending);
  }

  async #attend(node: NodeId, host: Host, first: First): Promise<void> {
    let contents = 0;
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(2 * pause, LAST_PAUSE_MS)) {
      // Asked before: of what it takes part in from then on it has the contents.
      const serves = await this.#serves(host);
      const pass = await this.#pass(node, host).catch((error: unknown) => {
        if (this.#options.host(node) !== host) throw error;
        first.reject(error);
      });
      if (pass && pass.contents > 0) {
        contents += pass.contents;
        pause = FIRST_PAUSE_MS;
        continue;
      }
      if (pass) first.resolve({ contents, lost: pass.lost });
      if (pass && serves && pass.later === 0) return;
      await sleep(pause, undefined, { signal: this.#closing.signal, ref: false });
      if (this.#options.host(node) !== host) return;
    }
  }

  async #serves(host: Host): Promise<boolean> {
    const report = await host.control.call((control) => control.inspect()).catch(() => undefined);
    return report !== undefined && report.membership?.serves !== false;
  }

  /** Over all that it lacks now. */
  async #pass(node: NodeId, host: Host): Promise<Pass> {
    const pass: Pass = { contents: 0, lost: [], later: 0 };
    let start: Key | undefined;
    do {
      const page: LackPage = await host.control.call((control) => control.lacking(start), CALL_MS);
      for (let first = 0; first < page.lacking.length; first += ROWS) {
        await this.#mend(node, page.lacking.slice(first, first + ROWS), pass);
      }
      start = page.next;
    } while (start !== undefined);
    return pass;
  }

  async #mend(node: NodeId, lacking: readonly Lack[], pass: Pass): Promise<void> {
    if (this.#closing.signal.aborted) throw new AyesError("closed");
    const { snapshot, mender } = this.#options;
    const keys = lacking.map(({ path }) => fileKey(path));
    const { entries } = await snapshot({ keys }, { replica: node, read: "committed" });
    const mended = lacking.map(async ({ digest, path }, index) => {
      const row = entries[index]?.value as FileRow | undefined;
      // It is promised, or is not needed for this file any more.
      const fate = row?.digest === digest ? await mender.mend(node, row) : "later";
      if (fate === "mended") pass.contents += 1;
      else if (fate === "lost") pass.lost.push(path);
      else pass.later += 1;
    });
    const [failed] = (await Promise.allSettled(mended)).filter((one) => one.status === "rejected");
    if (failed) throw failed.reason;
  }
}
