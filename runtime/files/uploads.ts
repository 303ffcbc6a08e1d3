/** All uploads of a cluster: those under way, and what they have staged until a transaction has taken it or nobody wants it. */

import { stat, statfs } from "node:fs/promises";
import { canStage } from "../../storage/staging.js";
import { AyesError } from "../errors.js";
import type { FileTraffic, StagedContent } from "../files-api.js";
import { newId } from "../ids.js";
import { describe } from "../json-shape.js";
import { requireFields, requireObject } from "../validation.js";
import { type Content, FILE_LIMIT_BYTES } from "./content.js";
import { Upload } from "./upload.js";

/** Uploads, and staged contents, at once. */
const MOST = 10_000;
/** What nobody has touched for so long is dropped. */
const IDLE_MS = 10 * 60_000;
const SWEEP_MS = 30_000;
/** Kept free at each replica, for keeping promises. */
const RESERVE_BYTES = 64 * 1024 * 1024;
/** An upload looks after so many bytes whether there is room for as many. */
const CHECK_BYTES = 16 * 1024 * 1024;
const PIECE_LIMIT_BYTES = 8 * 1024 * 1024;

type Entry = {
  upload: Upload;
  content: Content | undefined;
  /** Bytes since it was looked whether there is room. */
  unchecked: number;
  touchedAt: number;
  /** What was asked of it last: one thing happens after the other. */
  last: Promise<unknown>;
};

export class Uploads implements Pick<FileTraffic, "beginUpload" | "upload" | "endUpload" | "dropUpload"> {
  readonly #nodes: readonly string[];
  readonly #entries = new Map<string, Entry>();
  readonly #sweeper: NodeJS.Timeout;

  /** `nodes` are the folders of the replicas. */
  constructor(nodes: readonly string[]) {
    this.#nodes = nodes;
    this.#sweeper = setInterval(() => this.#sweep(), SWEEP_MS).unref();
  }

  async beginUpload(options: unknown = {}): Promise<string> {
    const record = requireObject(options, "the options");
    requireFields(record, ["size", "inline"], "the options");
    const size = record.size === undefined ? undefined : checkSize(record.size);
    if (this.#entries.size >= MOST) throw new AyesError("overloaded", `there are ${MOST} uploads under way`);
    // Whoever is not there cannot vote yes, and says so then.
    const nodes = this.#nodes.filter(canStage);
    if (size !== undefined) await requireRoom(nodes, size);
    const id = newId();
    const upload = new Upload({ nodes, name: id, size, inline: record.inline !== false });
    this.#entries.set(id, { upload, content: undefined, unchecked: 0, touchedAt: Date.now(), last: Promise.resolve() });
    return id;
  }

  async upload(id: string, bytes: Uint8Array): Promise<void> {
    if (!(bytes instanceof Uint8Array)) throw new AyesError("invalid", `a piece must be bytes, not ${describe(bytes)}`);
    if (bytes.length > PIECE_LIMIT_BYTES) throw new AyesError("too-large", "a piece has at most 8 MiB");
    await this.#inTurn(id, async (entry) => {
      if (entry.content) throw new AyesError("invalid", "this upload has ended");
      await entry.upload.write(bytes);
      await this.#checkRoom(entry, bytes.length);
    });
  }

  async endUpload(id: string, options: unknown = {}): Promise<StagedContent> {
    const record = requireObject(options, "the options");
    requireFields(record, ["digest"], "the options");
    const expected = record.digest === undefined ? undefined : checkDigest(record.digest);
    return this.#inTurn(id, async (entry) => {
      entry.content ??= await entry.upload.finish(expected);
      const { size, digest } = entry.content;
      return { staged: id, size, digest };
    });
  }

  /** What is not known is gone already. */
  async dropUpload(id: string): Promise<void> {
    const entry = this.#entries.get(id);
    if (!entry) return;
    this.#entries.delete(id);
    await entry.last.catch(() => undefined);
    await this.#clean(entry);
  }

  /** What was staged under this name. */
  contentOf(id: string): Content {
    const content = this.#entries.get(id)?.content;
    if (content) return content;
    throw new AyesError(
      "no-content",
      `nothing is staged as ${JSON.stringify(id.slice(0, 40))}: it was released, or is too old`,
    );
  }

  async close(): Promise<void> {
    clearInterval(this.#sweeper);
    await Promise.all([...this.#entries.keys()].map((id) => this.dropUpload(id)));
  }

  /** A failed upload cannot go on. */
  #inTurn<T>(id: string, work: (entry: Entry) => Promise<T>): Promise<T> {
    const entry = this.#entries.get(id);
    if (!entry)
      return Promise.reject(new AyesError("not-found", "there is no such upload: it has failed, or is too old"));
    entry.touchedAt = Date.now();
    const done = entry.last.then(() => work(entry));
    entry.last = done;
    return done.catch(async (error: unknown) => {
      await this.dropUpload(id);
      throw error;
    });
  }

  /** The same bytes may have been staged twice, or are about to be: the last one to leave removes them. */
  async #clean({ upload }: Entry): Promise<void> {
    await upload.drop();
    const { digest } = upload;
    if (digest === undefined) return;
    const isShared = [...this.#entries.values()].some((other) => other.upload.digest === digest);
    if (!isShared) upload.unstage(digest);
  }

  /** How large it becomes may not be known: what is kept free is not for uploads. */
  async #checkRoom(entry: Entry, bytes: number): Promise<void> {
    entry.unchecked += bytes;
    if (entry.unchecked < CHECK_BYTES) return;
    entry.unchecked = 0;
    await requireRoom(this.#nodes.filter(canStage), CHECK_BYTES);
  }

  #sweep(): void {
    const before = Date.now() - IDLE_MS;
    for (const [id, { touchedAt }] of this.#entries) if (touchedAt < before) void this.dropUpload(id);
  }
}

/** Nodes that share a disk share its room. */
async function requireRoom(nodes: readonly string[], size: number): Promise<void> {
  const disks = new Map<number, string[]>();
  for (const node of nodes) {
    const { dev } = await stat(node);
    disks.set(dev, [...(disks.get(dev) ?? []), node]);
  }
  for (const sharing of disks.values()) {
    const { bavail, bsize } = await statfs(sharing[0] ?? "");
    const room = Math.floor(Math.max(0, bavail * bsize - RESERVE_BYTES) / sharing.length);
    if (room < size) throw new AyesError("disk-full", `${size} bytes are to come; there is room for ${room}`);
  }
}

function checkSize(size: unknown): number {
  if (typeof size !== "number" || !Number.isSafeInteger(size) || size < 0) {
    throw new AyesError("invalid", `size must be a number of bytes, not ${describe(size)}`);
  }
  if (size <= FILE_LIMIT_BYTES) return size;
  throw new AyesError("too-large", `a file has at most ${FILE_LIMIT_BYTES} bytes (16 GiB); this one has ${size}`);
}

/** SHA-256 in hexadecimal. */
export function checkDigest(digest: unknown): string {
  if (typeof digest === "string" && /^[0-9a-f]{64}$/i.test(digest)) return digest.toLowerCase();
  throw new AyesError("invalid", `the digest must be SHA-256 in 64 hexadecimal digits, not ${describe(digest)}`);
}
