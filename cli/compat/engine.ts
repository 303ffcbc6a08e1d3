/** The engine behind the front: a node of a cluster with membership `up-set` under three-phase commit, in this process. */

import { setTimeout as sleep } from "node:timers/promises";
import type { Message } from "../../actors/message.js";
import type { Settings } from "../../actors/protocol.js";
import type { NodeId } from "../../actors/transaction.js";
import { type Companion, Solitary, type SolitaryOptions } from "../../runtime/solitary.js";
import type { Word } from "../../runtime/transport/tcp.js";
import { Problem } from "../language/problem.js";
import type { Flag } from "./command.js";
import { Flags } from "./flags.js";
import { Leadership } from "./leadership.js";
import type { Player } from "./player.js";
import { adding, deleting, songKey, urlOf } from "./playlist.js";
import { Rounds } from "./rounds.js";
import type { State } from "./state.js";
import { Voter } from "./voter.js";

export type PlayerOptions = State & {
  id: number;
  /** How many processes there may be at most. */
  n: number;
  /** Peers listen on this port plus their id. */
  peerPorts: number;
  /** Where each of the n processes is. */
  hosts: readonly string[];
  /** Vote no if and only if the URL is longer than id + 5 bytes. */
  vetoLonger: boolean;
  /** Ends this process at once, as a crash does. */
  die(): void;
  /** Says for people why it dies. */
  complain(why: string): void;
};

/** Everything settles within a second. */
const SETTINGS: Settings = { resendAfterMs: 100, inquireAfterMs: 100, retainedOutcomes: 50_000 };
/** How much longer a URL may be than the id says. */
const SPARE_BYTES = 5;
/** One that is back does not read before it has caught up, unless that takes longer than this. */
const CATCH_UP_MS = 2000;

/** Opens the store, replays it, finds out who else is up, and takes part. Rejects when the store or the port is refused. */
export async function openPlayer(options: PlayerOptions): Promise<Player> {
  const replica = new Replica(options);
  await replica.begin();
  return replica;
}

class Replica implements Player, Companion {
  readonly #options: PlayerOptions;
  readonly #self: NodeId;
  readonly #flags: Flags;
  readonly #voter: Voter;
  readonly #leadership: Leadership;
  readonly #rounds: Rounds;
  readonly #node: Solitary;

  constructor(options: PlayerOptions) {
    const { id, n, vetoLonger, cluster, folder, isFounder } = options;
    const nodes = Array.from({ length: n }, (_, index) => nameOf(index));
    const self = nameOf(id);
    this.#options = options;
    this.#self = self;
    this.#flags = new Flags(self);
    this.#voter = new Voter(vetoLonger ? id + SPARE_BYTES : Number.POSITIVE_INFINITY);
    this.#leadership = new Leadership({ self, nodes, membership: () => this.#node.membership() });
    this.#rounds = new Rounds({
      leader: () => this.#node.membership()?.leader,
      ask: (target, begin) => this.#node.tell(target, begin),
    });
    const founders = isFounder ? [self] : [];
    const faults = this.#flags;
    const places = placesOf(options);
    this.#node = new Solitary({ folder, cluster, self, nodes, founders, settings: SETTINGS, ...places, faults }, this);
  }

  async begin(): Promise<void> {
    const { id, peerPorts } = this.#options;
    try {
      await this.#node.begin();
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      const why = code === "EADDRINUSE" ? "is in use" : `cannot be listened on (${code})`;
      throw new Problem(`port ${peerPorts + id} for the other processes ${why}`);
    }
    this.#leadership.begin();
    await Promise.race([this.#leadership.known(), sleep(CATCH_UP_MS)]);
  }

  leader(): number | undefined {
    const leader = this.#leadership.leader();
    return leader === undefined ? undefined : idOf(leader);
  }

  onLead(listener: () => void): void {
    this.#leadership.onLead(listener);
  }

  add(song: string, url: string): Promise<"commit" | "abort"> {
    return this.#rounds.run(adding(song, url));
  }

  delete(song: string): Promise<"commit" | "abort"> {
    return this.#rounds.run(deleting(song));
  }

  get(song: string): string | undefined {
    const stored = this.#node.get(songKey(song));
    return stored && urlOf(stored.value);
  }

  voteNo(): void {
    this.#voter.vetoNext();
  }

  arm(flag: Flag): void {
    this.#flags.arm(
      "targets" in flag ? { at: flag.at, targets: flag.targets.map(nameOf) } : { at: flag.at, targets: [] },
    );
  }

  hear(message: Message): void {
    if (message.kind === "consider") this.#node.tell(this.#self, this.#voter.judge(message));
    else if (message.kind === "outcome") this.#rounds.hear(message);
  }

  learn(word: Word): void {
    this.#leadership.learn(word);
    if (!word.up) this.#rounds.lose(word.peer);
  }

  turned(): void {
    this.#leadership.look();
    this.#rounds.look();
  }

  crash(): void {
    this.#options.die();
  }

  fail(error: unknown): void {
    this.#options.complain(error instanceof Error ? error.message : String(error));
    this.#options.die();
  }
}

function placesOf({ n, peerPorts, hosts }: PlayerOptions): Pick<SolitaryOptions, "ports" | "hosts"> {
  const ids = Array.from({ length: n }, (_, id) => id);
  return {
    ports: new Map(ids.map((id) => [nameOf(id), peerPorts + id])),
    hosts: new Map(hosts.map((host, id) => [nameOf(id), host])),
  };
}

function nameOf(id: number): NodeId {
  return `p${id}`;
}

function idOf(name: NodeId): number {
  return Number(name.slice(1));
}
