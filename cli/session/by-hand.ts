/** What a person does in a session instead of the nodes: votes, and the steps of the protocol. */

import type { Cluster } from "../../runtime/api.js";
import type { Statement } from "../language/statement.js";
import type { Reply } from "./reply.js";
import { Waiting } from "./waiting.js";

type Kind = "ballots" | "vote" | "stepping" | "held" | "release";
type Handlers = { [K in Kind]: (statement: Extract<Statement, { kind: K }>) => Promise<Reply> };

/** These do not wait for steps. */
const STEPS: ReadonlySet<Statement["kind"]> = new Set(["stepping", "held", "release"]);

export class ByHand {
  readonly #cluster: () => Promise<Cluster>;
  /** While this session takes the steps of the protocol. */
  #waiting: Waiting | undefined;

  constructor(cluster: () => Promise<Cluster>) {
    this.#cluster = cluster;
  }

  /** The answer to a statement; or, while it has to wait for steps of this session, the word that it comes later. */
  patiently({ kind }: Statement, answer: Promise<Reply>): Promise<Reply> {
    return this.#waiting && !STEPS.has(kind) ? this.#waiting.first(answer) : answer;
  }

  readonly handlers: Handlers = {
    ballots: async ({ node }) => ({ kind: "ballots", ballots: await (await this.#cluster()).ballots(node) }),
    vote: async ({ txn, node, yes, reason }) => {
      const cast = await (await this.#cluster()).castVote(txn, node, yes, reason);
      return { kind: "done", text: `${node} says ${cast.vote} to ${txn}`, facts: cast };
    },
    stepping: async ({ plan }) => {
      const list = await (await this.#cluster()).step(plan);
      const answers = await this.#answers();
      this.#waiting = plan === "off" ? undefined : (this.#waiting ?? new Waiting());
      return { kind: "held", list, answers };
    },
    held: async () => ({ kind: "held", list: await (await this.#cluster()).held(), answers: await this.#answers() }),
    release: async ({ id }) => {
      const released = await (await this.#cluster()).release(id);
      return { kind: "released", released, answers: await this.#answers() };
    },
  };

  async #answers(): Promise<Reply[]> {
    return (await this.#waiting?.answers()) ?? [];
  }
}
