/** Brings files of this computer to a cluster, those that it does not have yet: many at once, and each only once. */

import type { Cluster, FileOperation } from "../../runtime/api.js";
import { sha256 } from "../../runtime/files/content.js";
import { isStaged } from "../../runtime/files/files.js";
import { send } from "../../runtime/files/stage.js";
import type { StagedContent } from "../../runtime/files-api.js";
import { Problem } from "../language/problem.js";
import { type Files, IN_PARTS } from "./change.js";
import { contentTypeOf } from "./content-type.js";
import { digestOf, readSteadily } from "./ordinary.js";
import { eachOf, type Transfer } from "./transfer.js";

/** A file of this computer, and what it is called in the cluster. */
export type Outgoing = { path: string; place: string; size: number; type?: string };

/** What goes with the transaction, or has gone ahead of it. */
type Sent = { content: Uint8Array | StagedContent; size: number; digest: string };

const AT_ONCE = 8;
/** Files up to this size go with the transaction, until so many bytes do. */
const SMALL_BYTES = 64 * 1024;
const ALONG_BYTES = 4 * 1024 * 1024;
/** As many as a cluster keeps staged, with some left for others. */
const STAGED_MOST = 9_000;
/** What is staged is given up when nobody has asked for it for ten minutes. */
const ASK_MS = 2 * 60_000;
/** The digest of what is not there. */
const NONE = "";

export class Outbox {
  readonly #cluster: Cluster;
  readonly #transfer: Transfer;
  readonly #sent = new Map<string, Sent>();
  readonly #digests = new Map<string, string>();
  readonly #asking: NodeJS.Timeout;
  #along = 0;

  constructor(cluster: Cluster, transfer: Transfer) {
    this.#cluster = cluster;
    this.#transfer = transfer;
    this.#asking = setInterval(() => void this.#ask().catch(() => undefined), ASK_MS).unref();
  }

  /** What makes these files of the cluster what they are here. All bytes that it needs are with the cluster then. */
  async operations(files: readonly Outgoing[], there: Files): Promise<FileOperation[]> {
    await this.#compare(files.filter((file) => this.#mayBeSame(file, there)));
    const differing = files.filter(({ path }) => this.#digestOf(path) !== (there.get(path)?.digest ?? NONE));
    await this.#send(differing.filter(({ path }) => !this.#sent.has(path)));
    return differing.flatMap(({ path, type = contentTypeOf(path) }) => {
      const sent = this.#sent.get(path);
      if (!sent || sent.digest === there.get(path)?.digest) return [];
      return [{ op: "writeFile", path, content: sent.content, ...(type !== undefined && { type }) }];
    });
  }

  /** How many bytes a file had when it was sent. */
  sizeOf(path: string): number {
    return this.#sent.get(path)?.size ?? 0;
  }

  /** What was committed the cluster has taken over; the rest goes. With a connection that is lost, all of it has gone. */
  async close(): Promise<void> {
    clearInterval(this.#asking);
    await eachOf(this.#stagings(), AT_ONCE, (content) => this.#cluster.files.release(content)).catch(() => undefined);
  }

  /** One of another size cannot be the same, so nobody has to read it for that. */
  #mayBeSame({ path, size }: Outgoing, there: Files): boolean {
    return this.#digestOf(path) === undefined && there.get(path)?.size === size;
  }

  #digestOf(path: string): string | undefined {
    return this.#sent.get(path)?.digest ?? this.#digests.get(path);
  }

  async #compare(files: readonly Outgoing[]): Promise<void> {
    this.#transfer.begin("comparing", total(files));
    await eachOf(files, AT_ONCE, async ({ path, place }) => {
      this.#digests.set(path, await digestOf(place, this.#transfer.add));
    });
  }

  async #send(files: readonly Outgoing[]): Promise<void> {
    const along = new Set(files.filter((file) => this.#goesAlong(file)));
    const ahead = this.#stagings().length + files.length - along.size;
    if (ahead > STAGED_MOST) {
      throw new Problem(`${ahead} files have to be sent ahead; a cluster keeps ${STAGED_MOST}; ${IN_PARTS}`);
    }
    this.#transfer.begin("sending", total(files));
    await eachOf(files, AT_ONCE, async (file) => {
      this.#sent.set(file.path, await this.#sendOne(file.place, along.has(file)));
    });
  }

  #goesAlong({ size }: Outgoing): boolean {
    if (size > SMALL_BYTES || this.#along + size > ALONG_BYTES) return false;
    this.#along += size;
    return true;
  }

  #sendOne(place: string, isAlong: boolean): Promise<Sent> {
    return readSteadily(
      place,
      async (bytes, size) => {
        const source = counted(bytes, this.#transfer.add);
        const content = isAlong
          ? await send(this.#cluster.traffic, source, { size })
          : await this.#cluster.files.stage(source, { size, inline: false });
        if (isStaged(content)) return { content, size, digest: content.digest };
        return { content, size, digest: sha256(content).toString("hex") };
      },
      async ({ content }) => {
        if (isStaged(content)) await this.#cluster.files.release(content);
      },
    );
  }

  async #ask(): Promise<void> {
    for (const { staged } of this.#stagings()) await this.#cluster.traffic.endUpload(staged);
  }

  #stagings(): StagedContent[] {
    return [...this.#sent.values()].flatMap(({ content }) => (isStaged(content) ? [content] : []));
  }
}

function total(files: readonly Outgoing[]): number {
  return files.reduce((sum, { size }) => sum + size, 0);
}

async function* counted(bytes: AsyncIterable<Uint8Array>, add: (bytes: number) => void): AsyncIterable<Uint8Array> {
  for await (const piece of bytes) {
    add(piece.length);
    yield piece;
  }
}
