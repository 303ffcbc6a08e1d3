/** Reads a content chunk by chunk, each compared with its digest; from another replica when one has lost or damaged it. */

import { ContentReader } from "../../storage/content-reader.js";
import { AyesError } from "../errors.js";
import { CHUNK_BYTES, type Content, chunkDigests, chunkSize, sha256 } from "./content.js";

/** A replica and its folder. */
export type Keeper = { node: string; folder: string };

/** Is told which replica has lost or damaged a content that another one has. */
export type OnDamage = (node: string, content: Content) => void;

export class VerifiedContent {
  readonly content: Content;
  readonly #digests: readonly Buffer[];
  readonly #onDamage: OnDamage;
  /** Whom to ask, the one that is being read first. */
  #keepers: readonly Keeper[];
  #reader: ContentReader | undefined;
  #closed = false;

  /** The keepers in the order in which they are asked. */
  constructor(content: Content, keepers: readonly Keeper[], onDamage: OnDamage) {
    this.content = content;
    this.#digests = chunkDigests(content);
    this.#keepers = keepers;
    this.#onDamage = onDamage;
  }

  /** False when nobody has it. What is open stays readable, whatever becomes of the file. */
  async open(): Promise<boolean> {
    return this.content.chunks === undefined || (await this.#ask(async (reader) => reader)) !== undefined;
  }

  /** Whom the bytes come from. */
  get node(): string | undefined {
    return this.#keepers[0]?.node;
  }

  /** The bytes from a position to the end of its chunk; none at the end. */
  async read(position: number): Promise<Uint8Array> {
    const { size, inline } = this.content;
    if (inline !== undefined) return Buffer.from(inline, "base64").subarray(position);
    if (position >= size) return new Uint8Array(0);
    const index = Math.floor(position / CHUNK_BYTES);
    const chunk = await this.#ask((reader) => this.#chunk(reader, index));
    if (chunk) return chunk.subarray(position - index * CHUNK_BYTES);
    if (this.#closed) throw new AyesError("closed", "this file is not open any more");
    throw new AyesError("corrupt-data", "no replica has this file whole");
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#letGo();
  }

  async #chunk(reader: ContentReader, index: number): Promise<Buffer | undefined> {
    const chunk = Buffer.allocUnsafeSlow(chunkSize(this.content, index));
    const length = await reader.read(chunk, index * CHUNK_BYTES);
    return length === chunk.length && this.#digests[index]?.equals(sha256(chunk)) ? chunk : undefined;
  }

  /** Asks one keeper after the other: what one has damaged another one may have whole, and the other way round. */
  async #ask<T>(look: (reader: ContentReader) => Promise<T | undefined>): Promise<T | undefined> {
    const lacking: Keeper[] = [];
    for (const keeper of this.#keepers) {
      this.#reader ??= await ContentReader.open(keeper.folder, this.content.digest);
      const found = this.#reader && (await look(this.#reader));
      if (this.#closed) break;
      if (found !== undefined) {
        for (const { node } of lacking) this.#onDamage(node, this.content);
        return found;
      }
      lacking.push(keeper);
      await this.#letGo();
      this.#keepers = [...this.#keepers.slice(1), keeper];
    }
    await this.#letGo();
    return undefined;
  }

  async #letGo(): Promise<void> {
    await this.#reader?.close();
    this.#reader = undefined;
  }
}
