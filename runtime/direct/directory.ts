/** Which replicas the threads of this program can read, told to all who want to know. */

import type { NodeId } from "../../actors/transaction.js";
import type { StartHost } from "../hosts/host.js";
import type { Readable } from "./replica-view.js";
import { Signals } from "./signals.js";

/** Whoever is told of every replica that begins or ceases to live. */
export type Audience = {
  add(readable: Readable): void;
  remove(node: NodeId): void;
};

export class Directory {
  readonly #audiences = new Set<Audience>();
  readonly #readables = new Map<NodeId, Readable>();

  /** Starts nodes as `start` does, and gives replicas signals. Those of a dead one say so before anybody hears of it. */
  announcing(start: StartHost): StartHost {
    return (spec, events) => {
      const { self: node, folder } = spec;
      if (!spec.replicas.includes(node)) return start(spec, events);
      const signals = new Signals();
      const { shared } = signals;
      return start(
        { ...spec, signals: shared },
        {
          ...events,
          ready: (epoch) => {
            this.#add({ node, folder, signals: shared });
            events.ready(epoch);
          },
          exit: (exit) => {
            signals.end();
            this.#remove(node);
            events.exit(exit);
          },
        },
      );
    };
  }

  /** Tells all that is known, and from now on every change. Returns how to stop that. */
  tell(audience: Audience): () => void {
    for (const readable of this.#readables.values()) audience.add(readable);
    this.#audiences.add(audience);
    return () => this.#audiences.delete(audience);
  }

  #add(readable: Readable): void {
    this.#readables.set(readable.node, readable);
    for (const audience of this.#audiences) audience.add(readable);
  }

  #remove(node: NodeId): void {
    this.#readables.delete(node);
    for (const audience of this.#audiences) audience.remove(node);
  }
}
