/** The program's main thread lets other threads read the cluster: it tells them whom to read, and asks for them if need be. */

import { MessageChannel, type MessagePort } from "node:worker_threads";
import type { NodeId } from "../../actors/transaction.js";
import { AyesError, asAyesError, type Why } from "../errors.js";
import type { ReadQuestion } from "../gateway/gateway.js";
import type { ReadAnswer } from "../gateway/results.js";
import type { StartHost } from "../hosts/host.js";
import type { ReadOptions, Snapshot, SnapshotQuery } from "../reading-api.js";
import { checkReadOptions } from "../requests.js";
import { checkSnapshot, snapshotOf } from "../snapshots.js";
import { DirectReads } from "./direct-reads.js";
import { Directory } from "./directory.js";
import type { Readable } from "./replica-view.js";
import type { SharedCluster } from "./sharing-api.js";

/** What a thread asks for. */
export type Asked = { request: number; query: SnapshotQuery; options: ReadOptions | undefined };

/** What a thread is told. */
export type Told =
  | { add: Readable }
  | { remove: NodeId }
  | { request: number; snapshot: Snapshot }
  | { request: number; error: Why };

export class Sharing {
  readonly #cluster: string;
  readonly #ask: (question: ReadQuestion) => Promise<ReadAnswer>;
  /** Those of the main thread itself. */
  readonly #reads: DirectReads;
  readonly #directory = new Directory();
  readonly #ports = new Set<MessagePort>();
  #isClosed = false;

  constructor(cluster: string, ask: (question: ReadQuestion) => Promise<ReadAnswer>) {
    this.#cluster = cluster;
    this.#ask = ask;
    this.#reads = new DirectReads(cluster);
    this.#directory.tell(this.#reads);
  }

  /** What a program asks of its cluster, in its main thread. */
  async snapshot(query: SnapshotQuery, options: ReadOptions | undefined): Promise<Snapshot> {
    this.#requireOpen();
    const how = checkReadOptions(options);
    const checked = checkSnapshot(query);
    return this.#reads.snapshot(checked, how, async (question) => {
      return snapshotOf(checked, await this.#ask(question), { read: how.read, cluster: this.#cluster });
    });
  }

  /** Starts nodes in threads as `start` does, so that they can be read. */
  announcing(start: StartHost): StartHost {
    return this.#directory.announcing(start);
  }

  /** For one other thread. */
  share(): SharedCluster {
    this.#requireOpen();
    const { port1: near, port2: far } = new MessageChannel();
    const tell = (told: Told) => near.postMessage(told);
    const stop = this.#directory.tell({
      add: (readable) => tell({ add: readable }),
      remove: (node) => tell({ remove: node }),
    });
    near.on("message", (asked: Asked) => void this.#answer(asked, tell));
    near.on("close", () => {
      stop();
      this.#ports.delete(near);
    });
    near.unref();
    this.#ports.add(near);
    return { cluster: this.#cluster, port: far };
  }

  close(): void {
    this.#isClosed = true;
    this.#reads.close();
    for (const port of this.#ports) port.close();
  }

  #requireOpen(): void {
    if (this.#isClosed) throw new AyesError("closed");
  }

  async #answer({ request, query, options }: Asked, tell: (told: Told) => void): Promise<void> {
    try {
      tell({ request, snapshot: await this.snapshot(query, options) });
    } catch (error) {
      tell({ request, error: asAyesError(error).why });
    }
  }
}
