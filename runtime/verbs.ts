/** What a program does with a cluster, made of three things: to read at one moment, to commit, and to follow. */

import type { Key, Operation, PutOptions, Result, TransactOptions, Value } from "./api.js";
import { ClusterFiles } from "./files/files.js";
import type { Files, FileTraffic } from "./files-api.js";
import type { Folders } from "./folders-api.js";
import type { FunctionOptions, FunctionResult, TransactionFunction } from "./function-api.js";
import { runFunction } from "./functions/run.js";
import { checkKey } from "./keys.js";
import type { Entry, ReadOptions, ReadResult, ScanPage, ScanQuery, Snapshot, SnapshotQuery } from "./reading-api.js";
import { entriesOf } from "./scanning.js";
import { checkScan } from "./snapshots.js";
import { checkWatch } from "./watching/query.js";
import { Watcher } from "./watching/watcher.js";
import type { Watch, Watching, WatchOptions } from "./watching-api.js";

/** The ways to read. See `Cluster` for what is promised. */
export abstract class ReadingVerbs {
  abstract snapshot(query: SnapshotQuery, options?: ReadOptions): Promise<Snapshot>;

  async get(key: Key, options?: ReadOptions): Promise<ReadResult> {
    checkKey(key);
    const { entries } = await this.snapshot({ keys: [key] }, options);
    return entries[0] as ReadResult;
  }

  async read(keys: readonly Key[], options?: ReadOptions): Promise<ReadResult[]> {
    return (await this.snapshot({ keys }, options)).entries;
  }

  async scan(query: ScanQuery = {}, options?: ReadOptions): Promise<ScanPage> {
    checkScan(query);
    const { pages } = await this.snapshot({ scans: [query] }, options);
    return pages[0] as ScanPage;
  }

  scanAll(query?: ScanQuery, options?: ReadOptions): AsyncIterable<Entry> {
    return entriesOf(query, (page) => this.scan(page, options));
  }
}

/** The same for an embedded cluster and for one behind a connection. */
export abstract class Verbs extends ReadingVerbs {
  abstract transact(operations: readonly Operation[], options?: TransactOptions): Promise<Result>;
  abstract readonly changes: Watching["changes"];
  readonly files: Files = new ClusterFiles(this);
  abstract readonly traffic: FileTraffic;
  abstract readonly folders: Folders;

  abstract close(): Promise<void>;

  /** `await using cluster = await open(...)` closes it, however its block is left. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  put(key: Key, value: Value, { ttlMs, ...options }: PutOptions = {}): Promise<Result> {
    return this.transact([{ op: "put", key, value, ...(ttlMs !== undefined && { ttlMs }) }], options);
  }

  del(key: Key, options?: TransactOptions): Promise<Result> {
    return this.transact([{ op: "del", key }], options);
  }

  watch(options: WatchOptions = {}): Watch {
    checkWatch(options);
    return new Watcher(options, (query) => this.changes(query));
  }

  transaction<T>(work: TransactionFunction<T>, options?: FunctionOptions): Promise<FunctionResult<T>> {
    return runFunction(this, work, options);
  }
}
