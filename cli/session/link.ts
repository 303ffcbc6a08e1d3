/** Where a session's cluster is: in this process, or behind a connection that may be lost and found again. */

import type { Cluster } from "../../runtime/api.js";
import { type AyesError, asAyesError, type ErrorCode } from "../../runtime/errors.js";

/** The way to a cluster. */
export interface Link {
  readonly connected: boolean;
  /** The cluster; connects if need be. Rejects with `no-cluster` when nobody answers. */
  cluster(): Promise<Cluster>;
  /** To be told of every error of the cluster: some mean that the connection is gone. */
  failed(error: AyesError): void;
  close(): Promise<void>;
}

/** A cluster that lives in this process. */
export function embedded(cluster: Cluster): Link {
  return {
    connected: true,
    cluster: async () => cluster,
    failed: () => undefined,
    close: () => cluster.close(),
  };
}

const LOST: ReadonlySet<ErrorCode> = new Set(["no-cluster", "gateway-lost", "closed"]);
const PROBE_EVERY_MS = 1_500;
const LET_GO_MS = 15_000;

/** A connection, made when first needed and again after it was lost. */
export class Connection implements Link {
  readonly #connect: () => Promise<Cluster>;
  #cluster: Promise<Cluster> | undefined;
  #connected = false;
  #probe: NodeJS.Timeout | undefined;
  #changed: (connected: boolean) => void = () => undefined;

  constructor(connect: () => Promise<Cluster>) {
    this.#connect = connect;
  }

  get connected(): boolean {
    return this.#connected;
  }

  cluster(): Promise<Cluster> {
    this.#cluster ??= this.#connect().then(
      (cluster) => {
        this.#become(true);
        return cluster;
      },
      (error: unknown) => {
        this.#cluster = undefined;
        throw error;
      },
    );
    return this.#cluster;
  }

  failed(error: AyesError): void {
    if (!LOST.has(error.code)) return;
    const lost = this.#cluster;
    this.#cluster = undefined;
    this.#become(false);
    // What waits there for an answer gets it, or runs into its own deadline.
    const letGo = () => lost?.then((cluster) => cluster.close()).catch(() => undefined);
    setTimeout(letGo, LET_GO_MS).unref();
  }

  /** Looks after the connection while a person is idle, and tells when it is lost and when it is back. */
  watch(changed: (connected: boolean) => void): void {
    this.#changed = changed;
    const look = async () => {
      await this.#look();
      if (this.#probe) this.#probe = setTimeout(look, PROBE_EVERY_MS).unref();
    };
    this.#probe = setTimeout(look, PROBE_EVERY_MS).unref();
  }

  async close(): Promise<void> {
    clearTimeout(this.#probe);
    this.#probe = undefined;
    const cluster = await this.#cluster?.catch(() => undefined);
    await cluster?.close();
  }

  async #look(): Promise<void> {
    try {
      await (await this.cluster()).keys("", 1);
    } catch (error) {
      this.failed(asAyesError(error));
    }
  }

  #become(connected: boolean): void {
    if (this.#connected === connected) return;
    this.#connected = connected;
    this.#changed(connected);
  }
}
