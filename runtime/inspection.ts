/** What people ask of single nodes, over the control plane: it answers also while the protocol is blocked. */

import type { LogRecord } from "../actors/record.js";
import type { NodeId, TxnId } from "../actors/transaction.js";
import type { Key, LockStatus } from "./api.js";
import { AyesError } from "./errors.js";
import type { Host } from "./hosts/host.js";
import { checkPrefix } from "./keys.js";
import { checkLimit, checkNode } from "./requests.js";
import { shownKey, shownLocks, shownRange, shownRecord } from "./shown.js";
import type { Supervisor } from "./supervisor.js";

export class Inspection {
  readonly #supervisor: Supervisor;
  readonly #replicas: readonly NodeId[];
  readonly #requireOpen: () => void;

  /** `requireOpen` throws when there is nobody left to ask. */
  constructor(supervisor: Supervisor, replicas: readonly NodeId[], requireOpen: () => void) {
    this.#supervisor = supervisor;
    this.#replicas = replicas;
    this.#requireOpen = requireOpen;
  }

  /** The keys of one replica. */
  async keys(prefix?: Key, limit?: number): Promise<Key[]> {
    this.#requireOpen();
    const start = checkPrefix(prefix);
    const most = checkLimit(limit);
    const [replica] = this.#upReplicas();
    if (replica === undefined) throw new AyesError("unavailable", "no replica is up");
    const keys = await this.#up(replica).control.call((control) => control.keys(start, most));
    return keys.map(shownKey);
  }

  async locks(): Promise<LockStatus[]> {
    this.#requireOpen();
    const lists = this.#upReplicas().map(async (node) => {
      const held = await this.#up(node).control.call((control) => control.locks());
      return held.map(({ txn, writes, reads, ranges }) => {
        const [written, read] = [shownLocks(writes), shownLocks(reads)];
        const files = [...written.files, ...read.files];
        const keys = { writes: written.keys, reads: read.keys, ranges: ranges.map(shownRange) };
        return { node, txn, ...keys, ...(files.length > 0 && { files }) };
      });
    });
    return (await Promise.all(lists)).flat();
  }

  async log(node: string, limit?: number): Promise<object[]> {
    this.#requireOpen();
    const most = checkLimit(limit);
    const records = await this.#up(checkNode(node)).control.call((control) => control.log(most));
    return records.map(shownRecord);
  }

  /** What a node's log says of a transaction; nothing while it is down. */
  async records(node: NodeId, txn: TxnId): Promise<readonly LogRecord[]> {
    const asked = this.#supervisor.host(node)?.control.call((control) => control.records(txn));
    return (await asked?.catch(() => [])) ?? [];
  }

  #upReplicas(): NodeId[] {
    return this.#replicas.filter((node) => this.#supervisor.host(node) !== undefined);
  }

  #up(node: NodeId): Host {
    const host = this.#supervisor.host(node);
    if (!host) throw new AyesError("unavailable", `${node} is down`, { node });
    return host;
  }
}
