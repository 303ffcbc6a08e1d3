/** Statements that wait for somebody to take the steps of the protocol: their answers come later. */

import type { Reply } from "./reply.js";

/** What takes longer than this waits for a step. */
const AT_ONCE_MS = 300;
/** How long a step waits for what it ends. */
const SOON_MS = 100;

export class Waiting {
  readonly #open = new Set<Promise<Reply>>();
  #answers: Reply[] = [];

  /** The answer, or that it will come later. */
  async first(work: Promise<Reply>): Promise<Reply> {
    const answer = await within(work, AT_ONCE_MS);
    if (answer) return answer;
    this.#open.add(work);
    void work.then((reply) => {
      this.#open.delete(work);
      this.#answers.push(reply);
    });
    return {
      kind: "note",
      text: "waits for steps; the answer comes with the one that ends it",
      facts: { waits: true },
    };
  }

  /** What has been answered meanwhile, or is now. */
  async answers(): Promise<Reply[]> {
    if (this.#open.size > 0 && this.#answers.length === 0) await within(Promise.race(this.#open), SOON_MS);
    const answers = this.#answers;
    this.#answers = [];
    return answers;
  }
}

async function within<T>(work: Promise<T>, ms: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, ms, undefined);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
