/** A cluster as another thread of its program reads it: directly where that is possible, else through the main thread. */

import { MessagePort } from "node:worker_threads";
import { AyesError } from "../errors.js";
import { describe } from "../json-shape.js";
import type { ReadOptions, Snapshot, SnapshotQuery } from "../reading-api.js";
import { checkReadOptions } from "../requests.js";
import { checkSnapshot } from "../snapshots.js";
import { ReadingVerbs } from "../verbs.js";
import { DirectReads } from "./direct-reads.js";
import type { Asked, Told } from "./sharing.js";
import type { SharedCluster } from "./sharing-api.js";

type Waiting = { resolve(snapshot: Snapshot): void; reject(error: unknown): void };

/**
 * Reads a cluster that another thread of this program has opened and shared with this one. What is promised is what
 * `Cluster` promises for the same calls. Close it before the thread ends.
 */
export class AttachedCluster extends ReadingVerbs {
  readonly #port: MessagePort;
  readonly #direct: DirectReads;
  readonly #waiting = new Map<number, Waiting>();
  #request = 0;
  #isClosed = false;

  constructor(shared: SharedCluster) {
    super();
    const { port, cluster } = Object(shared) as SharedCluster;
    if (!(port instanceof MessagePort))
      throw new AyesError("invalid", `what share() gave is needed, not ${describe(shared)}`);
    this.#port = port;
    this.#direct = new DirectReads(cluster);
    port.on("message", (told: Told) => this.#onTold(told));
    port.on("close", () => this.close());
    port.unref();
  }

  async snapshot(query: SnapshotQuery, options?: ReadOptions): Promise<Snapshot> {
    if (this.#isClosed) throw new AyesError("closed");
    const how = checkReadOptions(options);
    return this.#direct.snapshot(checkSnapshot(query), how, () => this.#ask({ query, options }));
  }

  /** Lets go. What is under way is rejected with `closed`. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#direct.close();
    this.#port.close();
    for (const { reject } of this.#waiting.values()) reject(new AyesError("closed"));
    this.#waiting.clear();
  }

  /** The port keeps the thread alive only while an answer is awaited. */
  #ask(asked: Omit<Asked, "request">): Promise<Snapshot> {
    this.#request += 1;
    const request = this.#request;
    this.#port.ref();
    return new Promise((resolve, reject) => {
      this.#waiting.set(request, { resolve, reject });
      this.#port.postMessage({ request, ...asked });
    });
  }

  #onTold(told: Told): void {
    if ("add" in told) this.#direct.add(told.add);
    else if ("remove" in told) this.#direct.remove(told.remove);
    else {
      const waiting = this.#waiting.get(told.request);
      this.#waiting.delete(told.request);
      if (this.#waiting.size === 0) this.#port.unref();
      if ("snapshot" in told) waiting?.resolve(told.snapshot);
      else {
        const { code, detail, ...about } = told.error;
        waiting?.reject(new AyesError(code, detail, about));
      }
    }
  }
}

/** See `AttachedCluster`. Throws `invalid` for anything but what `share` gave. */
export function attach(shared: SharedCluster): AttachedCluster {
  return new AttachedCluster(shared);
}
