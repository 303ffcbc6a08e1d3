/** Files in a transaction function: their rows are read and written like keys; bytes are staged as the function runs. */

import { AyesError } from "../errors.js";
import type {
  ByteRange,
  FileOperation,
  FilePage,
  FileReading,
  FileSource,
  FileStat,
  FileTraffic,
  ListFilesQuery,
  StagedContent,
  TransactionFiles,
  WriteFileOptions,
} from "../files-api.js";
import type { ReadResult, ScanPage, ScanQuery } from "../reading-api.js";
import { sha256 } from "./content.js";
import { isStaged } from "./files.js";
import { pageOf, rowKey, scanFor, statIn } from "./listing.js";
import { noFile } from "./open-files.js";
import { readingOf } from "./reading.js";
import { type Sent, send } from "./stage.js";

/** What it needs of the attempt that it belongs to. */
export type Rows = {
  row(key: string): Promise<ReadResult>;
  page(query: ScanQuery): Promise<ScanPage>;
  write(operation: FileOperation): void;
  /** What the attempt wants to write to a file. */
  written(path: string): FileOperation | undefined;
  /** It cannot commit any more, since a file is not what it was. */
  spoil(path: string): void;
};

/** What the attempts of one function have staged: a source that can be taken only once is. */
export class Stagings {
  readonly #traffic: () => Promise<FileTraffic>;
  readonly #sent = new Map<FileSource, Promise<Sent>>();

  constructor(traffic: () => Promise<FileTraffic>) {
    this.#traffic = traffic;
  }

  send(source: FileSource, options: WriteFileOptions): Promise<Sent> {
    const known = this.#sent.get(source);
    if (known) return known;
    const sent = this.#traffic().then((traffic) => send(traffic, source, options));
    this.#sent.set(source, sent);
    return sent;
  }

  /** How bytes get in and out. */
  traffic(): Promise<FileTraffic> {
    return this.#traffic();
  }

  /** When the function has ended for good. What was committed the nodes have taken over. */
  async release(): Promise<void> {
    const sent = await Promise.allSettled(this.#sent.values());
    const staged = sent.flatMap((one) => (one.status === "fulfilled" && isStaged(one.value) ? [one.value] : []));
    if (staged.length === 0) return;
    const traffic = await this.#traffic();
    await Promise.all(staged.map(({ staged: id }) => traffic.dropUpload(id).catch(() => undefined)));
  }
}

export class AttemptFiles implements TransactionFiles {
  readonly #rows: Rows;
  readonly #stagings: Stagings;

  constructor(rows: Rows, stagings: Stagings) {
    this.#rows = rows;
    this.#stagings = stagings;
  }

  async write(path: string, source: FileSource | StagedContent, options: WriteFileOptions = {}): Promise<void> {
    const { path: checked } = rowKey(path);
    const { type, modifiedAt } = options;
    const content = isStaged(source) ? source : await this.#stagings.send(source, options);
    const row = { ...(type !== undefined && { type }), ...(modifiedAt !== undefined && { modifiedAt }) };
    this.#rows.write({ op: "writeFile", path: checked, content, ...row });
  }

  async read(path: string, { range }: { range?: ByteRange } = {}): Promise<FileReading> {
    const { path: checked, key } = rowKey(path);
    if (this.#rows.written(checked)) {
      throw new AyesError("invalid", "what a transaction writes to a file can be read when it has committed", {
        file: checked,
      });
    }
    const { version } = statIn(checked, await this.#rows.row(key));
    const traffic = await this.#stagings.traffic();
    const file = await traffic.openFile(checked).catch(ifGone);
    if (file?.version === version) return readingOf(traffic, file, range);
    if (file) await traffic.closeFile(file.id);
    this.#rows.spoil(checked);
    throw new AyesError("check-failed", "the file has changed since it was read", { file: checked });
  }

  async stat(path: string): Promise<FileStat> {
    const { path: checked, key } = rowKey(path);
    const written = this.#rows.written(checked);
    if (!written) return statIn(checked, await this.#rows.row(key));
    if (written.op === "deleteFile") throw noFile(checked);
    if (written.op === "copyFile") return { ...(await this.#committed(written.source)), path: checked, version: "" };
    return statOfWritten(written);
  }

  async exists(path: string): Promise<boolean> {
    const { path: checked, key } = rowKey(path);
    const written = this.#rows.written(checked);
    return written ? written.op !== "deleteFile" : (await this.#rows.row(key)).value !== undefined;
  }

  /** As committed: what this transaction writes is not in it. */
  async list(query: ListFilesQuery = {}): Promise<FilePage> {
    return pageOf(query, await this.#rows.page(scanFor(query)));
  }

  async delete(path: string): Promise<void> {
    const { path: checked } = rowKey(path);
    await this.stat(checked);
    this.#rows.write({ op: "deleteFile", path: checked });
  }

  async copy(source: string, target: string): Promise<void> {
    const { path } = rowKey(source);
    const to = rowKey(target).path;
    await this.stat(path);
    const written = this.#rows.written(path);
    if (!written) this.#rows.write({ op: "copyFile", path: to, source: path });
    else if (written.op !== "deleteFile") this.#rows.write({ ...written, path: to });
  }

  async rename(source: string, target: string): Promise<void> {
    await this.copy(source, target);
    this.#rows.write({ op: "deleteFile", path: rowKey(source).path });
  }

  async #committed(path: string): Promise<FileStat> {
    return statIn(path, await this.#rows.row(rowKey(path).key));
  }
}

/** A file that was there has changed when it is there no more. */
function ifGone(error: unknown): undefined {
  if (!(error instanceof AyesError) || error.code !== "not-found") throw error;
}

function statOfWritten({ path, content, type, modifiedAt = 0 }: Extract<FileOperation, { op: "writeFile" }>): FileStat {
  const bytes = typeof content === "string" ? Buffer.from(content) : content;
  const known = isStaged(bytes) ? bytes : { size: bytes.length, digest: sha256(bytes).toString("hex") };
  const { size, digest } = known;
  return { path, size, digest, version: "", modifiedAt, ...(type !== undefined && { type }) };
}
