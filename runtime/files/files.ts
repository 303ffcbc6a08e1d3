/** The files of a cluster, made of what it can do otherwise: to read rows, to commit, and to move bytes. */

import type { Result, TransactOptions } from "../api.js";
import { AyesError } from "../errors.js";
import type {
  FileOperation,
  FilePage,
  FileReading,
  FileSource,
  FileStat,
  Files,
  FileTraffic,
  ListFilesQuery,
  ReadFileOptions,
  StagedContent,
  UploadOptions,
  WriteFileOptions,
} from "../files-api.js";
import type { ReadOptions, Snapshot, SnapshotQuery } from "../reading-api.js";
import { pageOf, rowKey, scanFor, statIn } from "./listing.js";
import { noFile } from "./open-files.js";
import { readingOf } from "./reading.js";
import { type Sent, send, stage } from "./stage.js";

/** What it needs of a cluster. */
export type FileGround = {
  readonly traffic: FileTraffic;
  snapshot(query: SnapshotQuery, options?: ReadOptions): Promise<Snapshot>;
  transact(operations: readonly FileOperation[], options?: TransactOptions): Promise<Result>;
};

const PAGE = 1000;

export class ClusterFiles implements Files {
  readonly #ground: FileGround;

  constructor(ground: FileGround) {
    this.#ground = ground;
  }

  async write(
    path: string,
    source: FileSource | StagedContent,
    options: WriteFileOptions & TransactOptions = {},
  ): Promise<Result> {
    const { path: checked } = rowKey(path);
    const { digest, size, onProgress, type, modifiedAt, ...how } = options;
    const row = { ...(type !== undefined && { type }), ...(modifiedAt !== undefined && { modifiedAt }) };
    const write = (content: Sent) => {
      return this.#ground.transact([{ op: "writeFile", path: checked, content, ...row }], how);
    };
    if (isStaged(source)) return write(source);
    const sent = await send(this.#ground.traffic, source, { digest, size, onProgress });
    try {
      return await write(sent);
    } finally {
      await this.#letGo(sent);
    }
  }

  async read(path: string, { range, ...options }: ReadFileOptions = {}): Promise<FileReading> {
    return readingOf(this.#ground.traffic, await this.#ground.traffic.openFile(rowKey(path).path, options), range);
  }

  async stat(path: string, options?: ReadOptions): Promise<FileStat> {
    const { path: checked, key } = rowKey(path);
    const { entries } = await this.#ground.snapshot({ keys: [key] }, options);
    return statIn(checked, entries[0] ?? { value: undefined, version: undefined });
  }

  async list(query: ListFilesQuery = {}, options?: ReadOptions): Promise<FilePage> {
    const { pages } = await this.#ground.snapshot({ scans: [scanFor(query)] }, options);
    const [page] = pages;
    return page ? pageOf(query, page) : { files: [] };
  }

  async *listAll(query: ListFilesQuery = {}, options?: ReadOptions): AsyncIterable<FileStat> {
    for (let rest: ListFilesQuery | undefined = { limit: PAGE, ...query }; rest; ) {
      const page: FilePage = await this.list(rest, options);
      yield* page.files;
      rest = page.next;
    }
  }

  async delete(path: string, options: TransactOptions = {}): Promise<Result> {
    const { path: checked } = rowKey(path);
    return this.#existing(checked, [{ op: "deleteFile", path: checked }], options);
  }

  async copy(source: string, target: string, options: TransactOptions = {}): Promise<Result> {
    const { path } = rowKey(source);
    return this.#existing(path, [{ op: "copyFile", path: rowKey(target).path, source: path }], options);
  }

  async rename(source: string, target: string, options: TransactOptions = {}): Promise<Result> {
    const { path } = rowKey(source);
    const moved: FileOperation = { op: "copyFile", path: rowKey(target).path, source: path };
    return this.#existing(path, [moved, { op: "deleteFile", path }], options);
  }

  stage(source: FileSource, options: WriteFileOptions & Pick<UploadOptions, "inline"> = {}): Promise<StagedContent> {
    return stage(this.#ground.traffic, source, options);
  }

  async release({ staged }: StagedContent): Promise<void> {
    await this.#ground.traffic.dropUpload(staged);
  }

  /** What needs this file to exist, and rejects when it does not. */
  async #existing(path: string, operations: FileOperation[], options: TransactOptions): Promise<Result> {
    const checks = [...(options.checks ?? []), { path, is: "exists" } as const];
    const result = await this.#ground.transact(operations, { ...options, checks });
    const isAbsent = result.outcome === "aborted" && result.why.code === "check-failed" && result.why.file === path;
    if (isAbsent && (await this.#isAbsent(path))) throw noFile(path);
    return result;
  }

  async #isAbsent(path: string): Promise<boolean> {
    return this.stat(path).then(
      () => false,
      (error: unknown) => error instanceof AyesError && error.code === "not-found",
    );
  }

  /** What a transaction took is the nodes' now, and what it did not take nobody wants. */
  async #letGo(sent: Sent): Promise<void> {
    if (isStaged(sent)) await this.#ground.traffic.dropUpload(sent.staged).catch(() => undefined);
  }
}

export function isStaged(source: unknown): source is StagedContent {
  return typeof (Object(source) as Partial<StagedContent>).staged === "string";
}
