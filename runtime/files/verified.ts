/** Reads a content chunk by chunk, each compared with its digest; from another replica when one has lost or damaged it. */

import { ContentReader } from "../../storage/content-reader.js";
import { AyesError } from "../errors.js";
import { CHUNK_BYTES, type Content, chunkDigests, chunkSize, sha256 } from "./content.js";

/** A replica and its folder. */
export type Keeper = { node: string; folder: string };

/** Is told which replica has lost or damaged a content. */
export type OnDamage = (node: string, content: Content) => void;

export class VerifiedContent {
  readonly content: Content;
  readonly #digests: readonly Buffer[];
  readonly #onDamage: OnDamage;
  /** Whom to ask, the one that is being read first. */
  #keepers: readonly Keeper[];
  #reader: ContentReader | undefined;

  /** The keepers in the order in which they are asked. */
  constructor(content: Content, keepers: readonly Keeper[], onDamage: OnDamage) {
    this.content = content;
    this.#digests = chunkDigests(content);
    this.#keepers = keepers;
    this.#onDamage = onDamage;
  }

  /** False when nobody has it. What is open stays readable, whatever becomes of the file. */
  async open(): Promise<boolean> {
    if (this.content.chunks === undefined) return true;
    await this.#next([]);
    return this.#reader !== undefined;
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
    const chunk = await this.#chunk(index);
    return chunk.subarray(position - index * CHUNK_BYTES);
  }

  async close(): Promise<void> {
    await this.#reader?.close();
    this.#reader = undefined;
  }

  async #chunk(index: number): Promise<Uint8Array> {
    const damaged: Keeper[] = [];
    while (this.#reader) {
      const chunk = Buffer.allocUnsafeSlow(chunkSize(this.content, index));
      const length = await this.#reader.read(chunk, index * CHUNK_BYTES);
      if (length === chunk.length && sha256(chunk).equals(this.#digests[index] ?? Buffer.alloc(0))) return chunk;
      await this.close();
      damaged.push(...this.#keepers.slice(0, 1));
      this.#keepers = this.#keepers.slice(1);
      await this.#next(damaged);
    }
    throw new AyesError("corrupt-data", "no replica has this file whole");
  }

  /** Opens it where it is there, and tells of those that do not have it as it should be. */
  async #next(lacking: Keeper[]): Promise<void> {
    const { digest } = this.content;
    for (; this.#keepers.length > 0; this.#keepers = this.#keepers.slice(1)) {
      const [keeper] = this.#keepers as [Keeper];
      this.#reader = await ContentReader.open(keeper.folder, digest);
      if (this.#reader) break;
      lacking.push(keeper);
    }
    if (this.#reader) for (const { node } of lacking) this.#onDamage(node, this.content);
  }
}
