/** One upload: bytes are cut into chunks, compared with what was declared, and made durable at every replica. */

import { createHash } from "node:crypto";
import type { Digest } from "../../actors/file.js";
import { StagedFile, unstage } from "../../storage/staging.js";
import { AyesError } from "../errors.js";
import { CHUNK_BYTES, type Content, FILE_LIMIT_BYTES, INLINE_BYTES, inlineContent, sha256 } from "./content.js";

/** Chunks of one upload that are being written at once. It bounds what an upload holds in memory. */
const WINDOW = 4;

export type UploadOptions = {
  /** The folders of the nodes that shall have it. */
  nodes: readonly string[];
  /** A name that no other upload has. */
  name: string;
  /** How many bytes there must be. */
  size: number | undefined;
  /** Whether it stands in its row when it is small enough. */
  inline: boolean;
};

export class Upload {
  readonly #options: UploadOptions;
  readonly #whole = createHash("sha256");
  readonly #digests: Buffer[] = [];
  readonly #free: Buffer[] = [];
  /** What is being written, oldest first. */
  readonly #writing: Promise<void>[] = [];
  #files: StagedFile[] | undefined;
  #digest: Digest | undefined;
  #chunk: Buffer | undefined;
  #filled = 0;
  #size = 0;

  constructor(options: UploadOptions) {
    this.#options = options;
  }

  /** Takes the next bytes. Resolves when more can be taken. Rejects with `too-large` or `disk-full`. */
  async write(bytes: Uint8Array): Promise<void> {
    const { size = FILE_LIMIT_BYTES } = this.#options;
    if (this.#size + bytes.length > size) throw this.#tooMuch();
    for (let taken = 0; taken < bytes.length; ) {
      this.#chunk ??= await this.#buffer();
      const part = bytes.subarray(taken, taken + CHUNK_BYTES - this.#filled);
      this.#chunk.set(part, this.#filled);
      this.#filled += part.length;
      this.#size += part.length;
      taken += part.length;
      if (this.#filled === CHUNK_BYTES) await this.#flush();
    }
  }

  /** Ends it. On disk at every replica when it resolves, unless it is small enough for a row. */
  async finish(expected?: string): Promise<Content> {
    const { size, inline } = this.#options;
    if (size !== undefined && size !== this.#size) {
      throw new AyesError("invalid", `the source has ${this.#size} bytes; ${size} were declared`);
    }
    const isInline = this.#size === 0 || (inline && this.#size <= INLINE_BYTES);
    const content = isInline ? this.#inline() : await this.#complete();
    if (expected !== undefined && expected !== content.digest) {
      throw new AyesError(
        "invalid",
        `the digest of the source is ${content.digest}, not ${expected}: it was changed on its way`,
      );
    }
    if (content.chunks !== undefined) await this.#seal(content.digest);
    return content;
  }

  /** Under which name it is staged, or is about to be. */
  get digest(): Digest | undefined {
    return this.#digest;
  }

  /** Leaves nothing of what is not finished. */
  async drop(): Promise<void> {
    await Promise.allSettled(this.#writing);
    await Promise.all((this.#files ?? []).map((file) => file.drop()));
  }

  /** Removes what is staged under this name, at once: whoever stages the same next shall not lose it. */
  unstage(digest: Digest): void {
    for (const node of this.#options.nodes) unstage(node, digest);
  }

  #inline(): Content {
    return inlineContent(this.#chunk?.subarray(0, this.#filled) ?? Buffer.alloc(0));
  }

  /** All bytes are written, though not yet on disk. */
  async #complete(): Promise<Content> {
    if (this.#filled > 0) await this.#flush();
    await Promise.all(this.#writing);
    this.#free.length = 0;
    const chunks = Buffer.concat(this.#digests).toString("base64");
    return { size: this.#size, digest: this.#whole.digest("hex"), chunks };
  }

  /** Whatever comes of it, nothing is under way when it ends. */
  async #seal(digest: Digest): Promise<void> {
    this.#digest = digest;
    await this.#onDisk(async () => {
      const sealed = await Promise.allSettled((this.#files ?? []).map((file) => file.seal(digest)));
      const failed = sealed.find((result) => result.status === "rejected");
      if (failed) throw failed.reason;
    });
  }

  /** Begins to write the chunk that is filled. */
  async #flush(): Promise<void> {
    const { nodes, name } = this.#options;
    const buffer = this.#chunk as Buffer;
    const chunk = buffer.subarray(0, this.#filled);
    const position = this.#digests.length * CHUNK_BYTES;
    this.#chunk = undefined;
    this.#filled = 0;
    this.#digests.push(sha256(chunk));
    this.#whole.update(chunk);
    await this.#onDisk(async () => {
      this.#files ??= await createAll(nodes, name);
    });
    const files = this.#files ?? [];
    const written = this.#onDisk(async () => {
      await Promise.all(files.map((file) => file.write(chunk, position)));
      this.#free.push(buffer);
    });
    // Whoever waits for it next hears of a failure.
    written.catch(() => undefined);
    this.#writing.push(written);
  }

  async #buffer(): Promise<Buffer> {
    if (this.#writing.length >= WINDOW) await this.#writing.shift();
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(CHUNK_BYTES);
  }

  #tooMuch(): AyesError {
    const { size } = this.#options;
    if (size === undefined) return new AyesError("too-large", `a file has at most ${FILE_LIMIT_BYTES} bytes (16 GiB)`);
    return new AyesError("invalid", `the source has more bytes than the ${size} that were declared`);
  }

  async #onDisk(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      const isFull = code === "ENOSPC" || code === "EDQUOT";
      throw new AyesError(isFull ? "disk-full" : "storage-failed", `the file cannot be staged: ${message}`);
    }
  }
}

/** All of them or none. */
async function createAll(nodes: readonly string[], name: string): Promise<StagedFile[]> {
  const begun = await Promise.allSettled(nodes.map((node) => StagedFile.create(node, name)));
  const files = begun.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  const failed = begun.find((result) => result.status === "rejected");
  if (!failed) return files;
  await Promise.all(files.map((file) => file.drop()));
  throw failed.reason;
}
