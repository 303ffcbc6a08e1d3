/** Which incarnation of each node was seen last, kept outside of the nodes: an older store shows by it. */

import type { NodeId } from "../actors/transaction.js";
import { readEpochs, writeEpochs } from "./config.js";

export class Epochs {
  readonly #folder: string;
  #seen: Record<NodeId, number> = {};

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Those of the life of the cluster before this one. */
  recall(): Record<NodeId, number> {
    this.#seen = readEpochs(this.#folder);
    return this.#seen;
  }

  /** On a full disk the older number has to do: the node is told that its disk is full anyway. */
  remember(node: NodeId, epoch: number): void {
    this.#seen = { ...this.#seen, [node]: epoch };
    try {
      writeEpochs(this.#folder, this.#seen);
    } catch {
      // A missing number only weakens the check.
    }
  }
}
