/** The files that one connection reads and uploads: when it is lost, nobody goes on with them. */

import type { FileTraffic, OpenFile, StagedContent, UploadOptions } from "../files-api.js";
import type { ReadOptions } from "../reading-api.js";

export class Visitor implements FileTraffic {
  readonly #traffic: FileTraffic;
  readonly #uploads = new Set<string>();
  readonly #files = new Set<string>();
  #left = false;

  constructor(traffic: FileTraffic) {
    this.#traffic = traffic;
  }

  /** Lets go of all that it has begun. */
  async leave(): Promise<void> {
    this.#left = true;
    const uploads = [...this.#uploads].map((id) => this.dropUpload(id));
    await Promise.allSettled([...uploads, ...[...this.#files].map((id) => this.closeFile(id))]);
  }

  async beginUpload(options?: UploadOptions): Promise<string> {
    const id = await this.#traffic.beginUpload(options);
    this.#uploads.add(id);
    if (this.#left) await this.dropUpload(id);
    return id;
  }

  upload(id: string, bytes: Uint8Array): Promise<void> {
    return this.#traffic.upload(id, bytes);
  }

  endUpload(id: string, options?: { digest?: string }): Promise<StagedContent> {
    return this.#traffic.endUpload(id, options);
  }

  async dropUpload(id: string): Promise<void> {
    this.#uploads.delete(id);
    await this.#traffic.dropUpload(id);
  }

  async openFile(path: string, options?: ReadOptions): Promise<OpenFile> {
    const file = await this.#traffic.openFile(path, options);
    this.#files.add(file.id);
    if (this.#left) await this.closeFile(file.id);
    return file;
  }

  readFile(id: string, position: number): Promise<Uint8Array> {
    return this.#traffic.readFile(id, position);
  }

  async closeFile(id: string): Promise<void> {
    this.#files.delete(id);
    await this.#traffic.closeFile(id);
  }
}
