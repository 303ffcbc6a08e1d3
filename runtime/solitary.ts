/** One node in this very process, supervised by nobody: its links say who is up, and its crash is the process's end. */

import type { Founders, MembershipStatus } from "../actors/membership/survey.js";
import type { ClientMessage, Envelope, Message } from "../actors/message.js";
import { Node } from "../actors/node.js";
import type { Settings } from "../actors/protocol.js";
import type { Address, Key, NodeId, Stored } from "../actors/transaction.js";
import { openLmdb } from "../storage/lmdb.js";
import type { Storage } from "../storage/storage.js";
import { SystemClock } from "./clock.js";
import type { Faults } from "./faults.js";
import { Journal } from "./journal.js";
import { Loop } from "./loop.js";
import { TcpTransport, type Word } from "./transport/tcp.js";

export type SolitaryOptions = {
  folder: string;
  cluster: string;
  self: NodeId;
  /** All that there may ever be, in the order in which they are elected. Each holds data. */
  nodes: readonly NodeId[];
  founders: Founders;
  settings: Settings;
  /** Where nodes listen for each other. */
  ports: ReadonlyMap<NodeId, number>;
  hosts: ReadonlyMap<NodeId, string>;
  faults: Faults;
};

/** The program around the node: its one client, and the judge of its votes. */
export interface Companion {
  /** An answer, or a question about a vote, which `tell` answers. */
  hear(message: Message): void;
  /** Who is up, a moment before the node acts on it. */
  learn(word: Word): void;
  /** The node has taken a turn. */
  turned(): void;
  /** A crash on purpose. Must not return. */
  crash(): void;
  /** An assumption is broken, or the disk has refused. Must end the process. */
  fail(error: unknown): void;
}

/** Its client's address. No node has it. */
const CLIENT: Address = "companion";

export class Solitary {
  readonly #options: SolitaryOptions;
  readonly #companion: Companion;
  readonly #storage: Storage;
  readonly #core: Node;
  readonly #links: TcpTransport;
  readonly #loop: Loop;
  #seq = 0;

  /** Opens the store and replays it. Throws `Broken` when it is refused. */
  constructor(options: SolitaryOptions, companion: Companion) {
    this.#options = options;
    this.#companion = companion;
    const { folder, cluster, self, nodes, founders, settings, ports, hosts, faults } = options;
    this.#storage = openLmdb({ folder, identity: { cluster, node: self }, create: true });
    const { epoch, reach } = this.#storage;
    const validator = { rule: "outside" } as const;
    this.#core = new Node({ self, nodes, replicas: nodes, epoch, reach, settings, founders, validator, judge: CLIENT });
    for (const record of this.#storage.replay()) this.#core.replay(record);
    const journal = new Journal();
    journal.listen(() => companion.turned());
    this.#links = new TcpTransport(
      { cluster, self, epoch, ports, hosts },
      (envelope) => this.#deliver(envelope),
      (word) => this.#learn(word),
    );
    this.#loop = new Loop({
      self,
      nodes: [...nodes],
      core: this.#core,
      storage: this.#storage,
      transport: { send: (envelope) => this.#send(envelope), close: () => this.#links.close() },
      clock: new SystemClock(),
      faults,
      journal,
      exact: true,
      crash: () => companion.crash(),
      fail: (error) => companion.fail(error),
    });
  }

  /** Takes part. Resolves when all who were up before have been heard of. Rejects when the port is taken. */
  async begin(): Promise<void> {
    await this.#links.listen();
    this.#loop.start();
    await this.#links.settled();
  }

  /** Says something to this node, or to another one that is up. What that answers is heard too, unless it dies. */
  tell(target: NodeId, body: ClientMessage): void {
    const { self } = this.#options;
    this.#seq += 1;
    const envelope = { target, epoch: this.#storage.epoch, seq: this.#seq, bodies: [body] };
    if (target === self) this.#loop.receive({ source: CLIENT, ...envelope });
    else this.#links.send({ source: self, ...envelope });
  }

  /** What is committed here. */
  get(key: Key): Stored | undefined {
    return this.#storage.get(key);
  }

  membership(): MembershipStatus | undefined {
    return this.#core.membership();
  }

  #send(envelope: Envelope): void {
    if (envelope.target !== CLIENT) this.#links.send(envelope);
    else for (const body of envelope.bodies) this.#companion.hear(body);
  }

  /** Links carry the names of nodes only, so what other nodes answer to the client comes to this node. */
  #deliver(envelope: Envelope): void {
    for (const body of envelope.bodies) if (body.kind === "outcome") this.#companion.hear(body);
    this.#loop.receive(envelope);
  }

  #learn(word: Word): void {
    this.#companion.learn(word);
    this.#loop.peer(word.peer, word.up, word.epoch);
  }
}
