/** Changes of the playlist, one after the other: each is asked for until its outcome is known. */

import { setTimeout as sleep } from "node:timers/promises";
import type { Begin, OutcomeReport } from "../../actors/message.js";
import type { NodeId, Operation } from "../../actors/transaction.js";
import { newId } from "../../runtime/ids.js";

type Outcome = "commit" | "abort";
type Question = { target: NodeId; request: number; answer(outcome: OutcomeReport | undefined): void };

export type RoundsOptions = {
  /** Whom to ask: who leads, if this process knows and serves. */
  leader(): NodeId | undefined;
  ask(target: NodeId, begin: Begin): void;
};

/** How long a coordinator waits for votes. */
const DEADLINE_MS = 10_000;
/** After this there is no answer to come. */
const PATIENCE_MS = DEADLINE_MS + 1000;
const AGAIN_MS = 50;

export class Rounds {
  readonly #options: RoundsOptions;
  #last: Promise<unknown> = Promise.resolve();
  #requests = 0;
  #question: Question | undefined;
  #awaiting: ((leader: NodeId) => void) | undefined;

  constructor(options: RoundsOptions) {
    this.#options = options;
  }

  run(operation: Operation): Promise<Outcome> {
    const outcome = this.#last.then(() => this.#run(operation));
    this.#last = outcome;
    return outcome;
  }

  /** Something may have changed in who leads. */
  look(): void {
    const leader = this.#awaiting && this.#options.leader();
    if (leader !== undefined) this.#awaiting?.(leader);
  }

  hear(outcome: OutcomeReport): void {
    if (outcome.request === this.#question?.request) this.#question.answer(outcome);
  }

  /** Who is gone answers nothing. */
  lose(node: NodeId): void {
    if (node === this.#question?.target) this.#question.answer(undefined);
  }

  /** One id is run once, whoever is asked and however often. So asking again is how to learn what became of it. */
  async #run(operation: Operation): Promise<Outcome> {
    const txn = newId();
    for (;;) {
      const outcome = await this.#ask(await this.#leader(), txn, operation);
      const state = outcome?.standing.state;
      if (state === "committed") return "commit";
      const isKnown = state === "aborted" || (state === "unseen" && outcome?.refused?.code !== "not-leader");
      if (isKnown) return "abort";
      await sleep(AGAIN_MS);
    }
  }

  /** Waits while this process does not serve: after a total failure, for the last one to fail. */
  #leader(): Promise<NodeId> {
    return new Promise((resolve) => {
      this.#awaiting = (leader) => {
        this.#awaiting = undefined;
        resolve(leader);
      };
      this.look();
    });
  }

  #ask(target: NodeId, txn: string, operation: Operation): Promise<OutcomeReport | undefined> {
    this.#requests += 1;
    const request = this.#requests;
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#question?.answer(undefined), PATIENCE_MS);
      const answer = (outcome: OutcomeReport | undefined) => {
        clearTimeout(timer);
        this.#question = undefined;
        resolve(outcome);
      };
      this.#question = { target, request, answer };
      const operations = [operation];
      const question = { request, txn, protocol: "3pc", operations, checks: [], deadlineMs: DEADLINE_MS } as const;
      this.#options.ask(target, { kind: "begin", ...question, checks: [] });
    });
  }
}
