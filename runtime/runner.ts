/** Takes transactions to whoever coordinates them: what clients ask for, once it is checked, and what the cluster itself wants. */

import { mayExpire } from "../actors/expiry.js";
import type { Operation as CoreOperation, ProtocolName } from "../actors/transaction.js";
import type { Operation, Result, TransactOptions } from "./api.js";
import type { BallotBox } from "./ballots/ballot-box.js";
import { ONLY_3PC, type Shape } from "./config.js";
import { AyesError } from "./errors.js";
import type { FileService } from "./files/file-service.js";
import type { Gateway } from "./gateway/gateway.js";
import { ofFreshId } from "./gateway/results.js";
import { newId } from "./ids.js";
import type { Tally } from "./tally.js";
import { type CheckedTransaction, checkTransaction } from "./validation.js";

/** What a client asks for, or the cluster itself. */
export type Runnable = Omit<CheckedTransaction, "operations"> & { operations: CoreOperation[] };

export type RunnerOptions = {
  shape: Shape;
  gateway: Gateway;
  files: FileService;
  tally: Tally;
  /** People vote on what runs. */
  ballots(): BallotBox;
  /** Something may expire from now on. */
  onExpiry(): void;
};

export class Runner {
  readonly #options: RunnerOptions;
  #begun = 0;

  constructor(options: RunnerOptions) {
    this.#options = options;
  }

  /** How many transactions were begun so far. */
  get begun(): number {
    return this.#begun;
  }

  /** Throws for bad input. */
  check(operations: readonly Operation[], options: TransactOptions | undefined): CheckedTransaction {
    return checkTransaction(operations, options, (staged) => this.#options.files.uploads.contentOf(staged));
  }

  /** Runs what may enter the core. */
  async run({ id, protocol = this.#options.shape.protocol, ...asked }: Runnable): Promise<Result> {
    const { shape, gateway, tally, ballots, onExpiry } = this.#options;
    if (asked.operations.some(mayExpire)) onExpiry();
    if (shape.membership === "up-set" && protocol === "2pc") throw new AyesError("invalid", ONLY_3PC);
    this.#begun += 1;
    const ask = (txn: string) => gateway.begin({ txn, protocol, ...asked });
    const begin = (txn: string) => tally.count(ballots().during(txn, () => ask(txn)));
    return id === undefined ? ofFreshId(await begin(this.freshId(protocol))) : begin(id);
  }

  /** With several coordinators, one whose node is down does not stop the others: the id decides who leads. */
  freshId(protocol: ProtocolName = this.#options.shape.protocol): string {
    let id = newId();
    for (let tries = 0; tries < 16 && !this.#options.gateway.canBegin(id, protocol); tries += 1) id = newId();
    return id;
  }
}
