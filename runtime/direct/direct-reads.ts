/** Reads of one thread of the program that need no message: from the store of a replica that is a thread too. */

import type { NodeId } from "../../actors/transaction.js";
import { AyesError } from "../errors.js";
import type { ReadQuestion } from "../gateway/gateway.js";
import { type ReadAnswer, readOf } from "../gateway/results.js";
import type { Snapshot } from "../reading-api.js";
import type { CheckedRead } from "../requests.js";
import { type CheckedSnapshot, questionOf, snapshotOf } from "../snapshots.js";
import { Pace } from "./pace.js";
import { type Readable, ReplicaView } from "./replica-view.js";

export class DirectReads {
  readonly #cluster: string;
  readonly #views = new Map<NodeId, ReplicaView>();
  readonly #pace = new Pace();
  /**
   * Whom to read unless the caller says: one at random, as long as it serves. Each replica that is read has to be
   * followed, so the others would cost without being of use.
   */
  #favourite: ReplicaView | undefined;

  constructor(cluster: string) {
    this.#cluster = cluster;
  }

  /** A replica has begun to live, also in place of a former incarnation. */
  add(readable: Readable): void {
    this.remove(readable.node);
    this.#views.set(readable.node, new ReplicaView(readable));
  }

  remove(node: NodeId): void {
    const view = this.#views.get(node);
    if (!view) return;
    this.#views.delete(node);
    if (this.#favourite === view) this.#favourite = undefined;
    view.close();
  }

  /** What was asked for, if need be by asking a replica: at once when nothing has to be awaited. */
  snapshot(
    checked: CheckedSnapshot,
    { read, replica, deadlineMs }: CheckedRead,
    ask: (question: ReadQuestion) => Promise<Snapshot>,
  ): Snapshot | Promise<Snapshot> {
    const question = questionOf(checked, { consistency: read, replica, deadlineMs });
    const answer = this.#answer(question);
    if (!answer) return ask(question);
    const snapshot = snapshotOf(checked, answer, { read, cluster: this.#cluster });
    const turn = this.#pace.step(answer.values.length, answer.pages);
    return turn ? turn.then(() => snapshot) : snapshot;
  }

  close(): void {
    for (const node of [...this.#views.keys()]) this.remove(node);
  }

  /**
   * Undefined when a replica has to be asked: it may have to wait, or does not serve, or what is wrong with its store is
   * for it to say.
   */
  #answer(question: ReadQuestion): ReadAnswer | undefined {
    const view = question.replica === undefined ? this.#favoured() : this.#views.get(question.replica);
    if (!view) return undefined;
    try {
      const seen = view.look(question);
      return seen && readOf(seen, view.node);
    } catch (error) {
      if (error instanceof AyesError) throw error;
      return undefined;
    }
  }

  #favoured(): ReplicaView | undefined {
    if (this.#favourite?.isServing) return this.#favourite;
    const serving = [...this.#views.values()].filter((view) => view.isServing);
    this.#favourite = serving[Math.floor(Math.random() * serving.length)];
    return this.#favourite;
  }
}
