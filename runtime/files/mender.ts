/**
 * Brings back what replicas have lost or damaged of the contents of files: copied from one that has it, each chunk
 * compared with its digest, staged like an upload, and taken over by the node if a file still needs it.
 */

import type { Digest } from "../../actors/file.js";
import type { NodeId } from "../../actors/transaction.js";
import { mendingName } from "../../storage/contents.js";
import { StagedFile, unstage } from "../../storage/staging.js";
import { AyesError, asAyesError } from "../errors.js";
import type { Task } from "../healing-api.js";
import type { Host } from "../hosts/host.js";
import { newId } from "../ids.js";
import type { Content } from "./content.js";
import { flawIn } from "./flaw.js";
import { type Keeper, VerifiedContent } from "./verified.js";

export type MenderOptions = {
  keepers: readonly Keeper[];
  /** A node, if it is up. */
  host(node: NodeId): Host | undefined;
};

/** What became of a content: it was brought back or was whole; nobody has it; or no file needs it there any more. */
export type Fate = "mended" | "whole" | "lost" | "unwanted";

/** Reported by readers and not mended yet. What is dropped is reported again by whoever reads it next. */
const REPORTS_MOST = 1000;
/** A node flushes what it takes over. */
const TAKE_MS = 30_000;

export class Mender {
  readonly #options: MenderOptions;
  /** What is being mended at each node, one after the other. */
  readonly #queues = new Map<NodeId, Map<Digest, Promise<Fate>>>();
  readonly #tasks = new Map<NodeId, Task>();
  #closed = false;

  constructor(options: MenderOptions) {
    this.#options = options;
  }

  /** How many bytes are mended of how many. */
  get tasks(): Task[] {
    return [...this.#tasks.values()].map((task) => ({ ...task }));
  }

  /** Somebody has seen that a content is lost or damaged there, and that another replica has it. */
  readonly report = (node: NodeId, content: Content): void => {
    if (this.#queueOf(node).size < REPORTS_MOST) void this.mend(node, content).catch(() => undefined);
  };

  /** Resolves when a content is whole at this node, or cannot be. Rejects when its disk refuses, or the node is down. */
  mend(node: NodeId, content: Content): Promise<Fate> {
    const queue = this.#queueOf(node);
    const known = queue.get(content.digest);
    if (known) return known;
    const task = this.#taskOf(node);
    task.of += content.size;
    const end = task.of;
    const last = [...queue.values()].at(-1);
    const mended = Promise.resolve(last)
      .catch(() => undefined)
      .then(() => this.#mend(node, content, task))
      .finally(() => {
        task.done = end;
        queue.delete(content.digest);
        if (queue.size === 0) this.#tasks.delete(node);
      });
    queue.set(content.digest, mended);
    return mended;
  }

  /** Ends what is under way. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.allSettled([...this.#queues.values()].flatMap((queue) => [...queue.values()]));
  }

  async #mend(node: NodeId, content: Content, task: Task): Promise<Fate> {
    const { keepers } = this.#options;
    const keeper = keepers.find((one) => one.node === node);
    const host = this.#options.host(node);
    if (!keeper || !host || this.#closed) throw new AyesError("unavailable", `${node} is not up`, { node });
    // It may have been reported by somebody who has it open from before it was mended.
    if (!(await flawIn(keeper.folder, content))) return "whole";
    const others = keepers.filter((one) => one !== keeper);
    const source = new VerifiedContent(content, others, this.report);
    try {
      await this.#stage(keeper.folder, source, task);
      const taken = await host.control.call((control) => control.mend(content.digest), TAKE_MS);
      return taken ? "mended" : "unwanted";
    } catch (error) {
      const { code, message } = asFailure(error);
      if (code === "corrupt-data") return "lost";
      throw new AyesError(code, `a content cannot be brought back to ${node}: ${message}`, { node });
    } finally {
      await source.close();
      unstage(keeper.folder, mendingName(content.digest));
    }
  }

  async #stage(folder: string, source: VerifiedContent, task: Task): Promise<void> {
    const { digest, size } = source.content;
    if (!(await source.open())) throw new AyesError("corrupt-data");
    const file = await StagedFile.create(folder, newId());
    try {
      for (let position = 0; position < size; ) {
        if (this.#closed) throw new AyesError("closed");
        const bytes = await source.read(position);
        await file.write(bytes, position);
        position += bytes.length;
        task.done += bytes.length;
      }
      await file.seal(mendingName(digest));
    } finally {
      await file.drop();
    }
  }

  #queueOf(node: NodeId): Map<Digest, Promise<Fate>> {
    const queue = this.#queues.get(node) ?? new Map<Digest, Promise<Fate>>();
    this.#queues.set(node, queue);
    return queue;
  }

  #taskOf(node: NodeId): Task {
    const task = this.#tasks.get(node) ?? { what: `mend files of ${node}`, done: 0, of: 0, unit: "bytes" };
    this.#tasks.set(node, task);
    return task;
  }
}

/** What the system refuses, in words of ours. */
function asFailure(error: unknown): AyesError {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "ENOSPC" || code === "EDQUOT") return new AyesError("disk-full", message);
  return error instanceof AyesError || code === undefined
    ? asAyesError(error)
    : new AyesError("storage-failed", message);
}
