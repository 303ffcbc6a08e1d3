/** The bytes of a cluster's files, in the program that has it open: what comes in, what goes out, and what has to be mended. */

import { join } from "node:path";
import type { NodeId } from "../../actors/transaction.js";
import { clearStaged } from "../../storage/staging.js";
import type { FileTraffic } from "../files-api.js";
import type { Host } from "../hosts/host.js";
import type { ReadOptions, Snapshot, SnapshotQuery } from "../reading-api.js";
import { Mender } from "./mender.js";
import { OpenFiles } from "./open-files.js";
import { Restorer } from "./restorer.js";
import { Uploads } from "./uploads.js";
import type { Keeper } from "./verified.js";

export type FileServiceOptions = {
  /** The folder of the cluster. */
  folder: string;
  replicas: readonly NodeId[];
  snapshot(query: SnapshotQuery, options?: ReadOptions): Promise<Snapshot>;
  /** A node, if it is up. */
  host(node: NodeId): Host | undefined;
};

export class FileService {
  readonly uploads: Uploads;
  readonly traffic: FileTraffic;
  readonly mender: Mender;
  readonly restorer: Restorer;
  readonly #keepers: readonly Keeper[];
  readonly #open: OpenFiles;

  constructor({ folder, replicas, snapshot, host }: FileServiceOptions) {
    this.#keepers = replicas.map((node) => ({ node, folder: join(folder, "nodes", node) }));
    const uploads = new Uploads(this.#keepers.map((keeper) => keeper.folder));
    this.mender = new Mender({ keepers: this.#keepers, host });
    this.restorer = new Restorer({ replicas, mender: this.mender, snapshot, host });
    const open = new OpenFiles({ keepers: this.#keepers, snapshot, onDamage: this.mender.report });
    this.uploads = uploads;
    this.#open = open;
    this.traffic = {
      beginUpload: (options) => uploads.beginUpload(options),
      upload: (id, bytes) => uploads.upload(id, bytes),
      endUpload: (id, options) => uploads.endUpload(id, options),
      dropUpload: (id) => uploads.dropUpload(id),
      openFile: (path, options) => open.openFile(path, options),
      readFile: (id, position) => open.readFile(id, position),
      closeFile: (id) => open.closeFile(id),
    };
  }

  /** Before the nodes start: what was staged in an earlier run nobody will ask for. */
  begin(): void {
    for (const { folder } of this.#keepers) clearStaged(folder);
  }

  async close(): Promise<void> {
    await Promise.all([this.uploads.close(), this.#open.close(), this.mender.close(), this.restorer.close()]);
  }
}
