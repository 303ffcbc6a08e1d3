/** What a running cluster does about damage: verifications and repairs, what they have done so far, and their end. */

import type { Digest } from "../../actors/file.js";
import type { Key, NodeId } from "../../actors/transaction.js";
import type { Shape } from "../config.js";
import { AyesError, asAyesError } from "../errors.js";
import type { Standing } from "../files/custodian.js";
import type { FileService } from "../files/file-service.js";
import type { ReadQuestion } from "../gateway/gateway.js";
import type { ReadAnswer } from "../gateway/results.js";
import type { Repaired, Task, Verification } from "../healing-api.js";
import { targetOf } from "../hosts/host.js";
import type { Supervisor } from "../supervisor.js";
import { Examiner } from "./examiner.js";
import { repair } from "./repair.js";
import { verify } from "./verify.js";

export type HealerOptions = {
  shape: Shape;
  supervisor: Supervisor;
  files: Pick<FileService, "mender" | "restorer">;
  ask(question: ReadQuestion): Promise<ReadAnswer>;
};

/** A key that is written all the time agrees with itself by being written. */
const TRIES = 5;
const READ_MS = 5000;

export class Healer {
  readonly #options: HealerOptions;
  readonly #tasks = new Set<Task>();
  readonly #examiners = new Set<Examiner>();
  #closed = false;

  constructor(options: HealerOptions) {
    this.#options = options;
  }

  get tasks(): Task[] {
    return [...this.#tasks].map((task) => ({ ...task }));
  }

  repair(node: NodeId, force: boolean): Promise<Repaired> {
    const { shape, supervisor, files } = this.#options;
    const standing = (digest: Digest) => this.#standing(node, digest);
    return this.#run(`repair ${node}`, (task) => {
      return repair(node, force, { shape, supervisor, ...files, standing, task, examiner: () => this.#examiner() });
    });
  }

  verify(): Promise<Verification> {
    const { shape, supervisor } = this.#options;
    const stores = supervisor.wards().map(({ spec }) => ({
      node: spec.self,
      role: shape.replicas.includes(spec.self) ? ("replica" as const) : ("coordinator" as const),
      target: targetOf(spec),
    }));
    // With a replica down nothing is written, so what is seen stands still.
    const moves = shape.replicas.every((replica) => supervisor.host(replica) !== undefined);
    const confirm = moves ? (key: Key) => this.#differs(key) : undefined;
    const standing = (node: NodeId, digest: Digest) => this.#standing(node, digest);
    return this.#run("verify", (task) => verify(stores, { task, confirm, standing, examiner: () => this.#examiner() }));
  }

  /** Ends what is under way. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const examiner of this.#examiners) examiner.close();
    await Promise.all([...this.#examiners].map(({ ended }) => ended));
  }

  async #run<T>(what: string, work: (task: Task) => Promise<T>): Promise<T> {
    const task: Task = { what, done: 0, of: 0 };
    this.#tasks.add(task);
    try {
      return await work(task);
    } finally {
      this.#tasks.delete(task);
    }
  }

  #examiner(): Examiner {
    if (this.#closed) throw new AyesError("closed");
    const examiner = new Examiner();
    this.#examiners.add(examiner);
    void examiner.ended.then(() => this.#examiners.delete(examiner));
    return examiner;
  }

  /** Nothing when it is down, or goes down: then what was seen stands. */
  async #standing(node: NodeId, digest: Digest): Promise<Standing | undefined> {
    return this.#options.supervisor
      .host(node)
      ?.control.call((control) => control.standing(digest))
      .catch(() => undefined);
  }

  /** What is undecided is no difference, whoever is ahead. */
  async #differs(key: Key): Promise<boolean> {
    try {
      return await this.#holdsApart(key);
    } catch (error) {
      if (asAyesError(error).code === "blocked") return false;
      throw error;
    }
  }

  /** While one replica holds the same version before and after, every other one must hold it in between. */
  async #holdsApart(key: Key): Promise<boolean> {
    const [first = "", ...others] = this.#options.shape.replicas;
    const how = { consistency: "linearizable", deadlineMs: READ_MS } as const;
    const read = async (replica: NodeId) => (await this.#options.ask({ keys: [key], replica, ...how })).values[0];
    for (let tries = 0; tries < TRIES; tries += 1) {
      const before = await read(first);
      const held = await Promise.all(others.map(read));
      const after = await read(first);
      if (before?.version !== after?.version) continue;
      return held.some((stored) => stored?.version !== before?.version || !isSame(stored?.value, before?.value));
    }
    return false;
  }
}

function isSame(left: string | Uint8Array | undefined, right: string | Uint8Array | undefined): boolean {
  if (typeof left === "string" || typeof right === "string" || !left || !right) return left === right;
  return Buffer.compare(left, right) === 0;
}
