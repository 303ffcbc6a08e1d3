/** All that single nodes of a cluster can be and do, worked out once: whole states are then only small numbers. */

import type { Message } from "../../actors/message.js";
import { Broken, type Outgoing } from "../../actors/protocol.js";
import type { Address, NodeId, TxnId } from "../../actors/transaction.js";
import { type Actor, crash, type Disk, type Happening, type Letter, type Play, start, takeTurn } from "./actor.js";
import { Registry, renamed } from "./canonical.js";

export const CLIENT = "client";

/** What a client was told of a transaction, as bits: these are facts that must not change any more. */
export const TOLD = { committed: 1, aborted: 2, nothing: 4 } as const;
const TOLD_BITS = 3;

/** What a turn leads to, in numbers. */
export type Consequence = { actor: number; sent: readonly number[]; told: number; flaw?: string };

export class Cast {
  readonly play: Play;
  readonly #txns: readonly TxnId[];
  readonly #places: number[] = [];
  readonly #actors: Registry<Actor>;
  readonly #happenings = new Registry<Happening>();
  readonly #turns: (Consequence | undefined)[][] = [];
  readonly #crashes: number[] = [];
  readonly #starts: number[] = [];

  /** `essence` leaves out of an actor what cannot make a difference any more. */
  constructor(play: Play, txns: readonly TxnId[], essence?: (actor: Actor) => unknown) {
    this.play = play;
    this.#txns = txns;
    this.#actors = new Registry(essence);
  }

  actor(number: number): Actor {
    return this.#actors.value(number);
  }

  happening(number: number): Happening {
    return this.#happenings.value(number);
  }

  /** The index of the node to which it happens. */
  place(number: number): number {
    this.#places[number] ??= this.play.nodes.indexOf(this.happening(number).target);
    return this.#places[number];
  }

  actorNumber(actor: Actor): number {
    return this.#actors.number(actor);
  }

  happeningNumber(happening: Happening): number {
    return this.#happenings.number(happening);
  }

  isUp(number: number): boolean {
    return this.actor(number).running !== undefined;
  }

  turn(actor: number, happening: number): Consequence {
    this.#turns[actor] ??= [];
    const turns = this.#turns[actor];
    turns[happening] ??= this.#take(actor, this.happening(happening));
    return turns[happening];
  }

  /** A crash leaves one of two disks: without what was unforced, and (`kept`) with it. */
  crash(number: number, kept: boolean): number {
    const place = number * 2 + Number(kept);
    this.#crashes[place] ??= this.actorNumber(crash(this.actor(number), kept));
    return this.#crashes[place];
  }

  restart(number: number): number {
    const { node, disk } = this.actor(number);
    this.#starts[number] ??= this.first(node, disk);
    return this.#starts[number];
  }

  first(node: NodeId, disk: Disk): number {
    return this.actorNumber(start(node, disk, this.play));
  }

  /** The same actor or happening under other names. */
  renamedActor(number: number, names: ReadonlyMap<string, string>): number {
    return this.actorNumber(renamed(this.actor(number), names));
  }

  renamedHappening(number: number, names: ReadonlyMap<string, string>): number {
    return this.happeningNumber(renamed(this.happening(number), names));
  }

  /** Whether the client was told this of the transaction. */
  wasTold(told: number, txn: TxnId, bit: number): boolean {
    return (told & (bit << (this.#txns.indexOf(txn) * TOLD_BITS))) !== 0;
  }

  /** Of what was told, that which must not change any more. */
  lasting(told: number): number {
    const finals = this.#txns.reduce(
      (bits, _, index) => bits | ((TOLD.committed | TOLD.aborted) << (index * TOLD_BITS)),
      0,
    );
    return told & finals;
  }

  #take(number: number, happening: Happening): Consequence {
    const actor = this.actor(number);
    if (!actor.running) return { actor: number, sent: [], told: 0 };
    try {
      const turn = takeTurn(actor, actor.running, happening, this.play);
      const letters = lettersOf(turn.actor, turn.sent, this.play);
      const sent = letters.filter(({ target }) => target !== CLIENT).map((letter) => this.happeningNumber(letter));
      const told = letters.reduce((bits, { body }) => bits | this.#told(body), 0);
      return { actor: this.actorNumber(turn.actor), sent, told };
    } catch (error) {
      if (!(error instanceof Broken)) throw error;
      return { actor: number, sent: [], told: 0, flaw: `${actor.node}: ${error.message}` };
    }
  }

  #told(body: Message): number {
    if (body.kind !== "outcome" || body.refused) return 0;
    const { state } = body.standing;
    const bit = state === "committed" || state === "aborted" ? TOLD[state] : TOLD.nothing;
    return bit << (this.#txns.indexOf(body.txn) * TOLD_BITS);
  }
}

/**
 * What was sent, as letters. In two-phase commit an answer without information changes nobody and is left out; in
 * three-phase commit it says that its sender does not recover.
 */
export function lettersOf({ node, disk }: Actor, sent: readonly Outgoing[], { exact }: Play): Letter[] {
  if (exact) return sent.map(({ target, body }) => ({ ...letter(node, target, body), epoch: disk.epoch }));
  const telling = sent.filter(({ body }) => body.kind !== "undecided");
  return telling.map(({ target, body }) => letter(node, target, body));
}

export function letter(source: Address, target: Address, body: Message): Letter {
  return { kind: "letter", source, target, body };
}
