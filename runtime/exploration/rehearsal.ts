/** Plays the way to a state again, to tell it as a conversation in the form of the golden files. */

import { Broken } from "../../actors/protocol.js";
import { type Actor, crash, type Happening, start, takeTurn } from "./actor.js";
import { CLIENT, lettersOf } from "./cast.js";
import { type Cluster, type ClusterState, type Deed, VETO } from "./cluster.js";
import { type Act, act, commandOf, heardOf, linesOf } from "./conversation.js";
import type { Step } from "./transition-system.js";

/** The lines of the conversation that leads to a state. */
export function conversation(
  cluster: Cluster,
  begin: ClusterState,
  path: readonly Step<ClusterState, Deed>[],
): string[] {
  const rehearsal = new Rehearsal(cluster, begin);
  for (const { label } of path) {
    rehearsal.whisper();
    rehearsal.perform(label);
  }
  rehearsal.whisper();
  const flawed = path.at(-1)?.state.flaw !== undefined;
  const lines = linesOf(rehearsal.acts, flawed, (letter) => commandOf(cluster.cast.happening(letter)));
  return [...opening(cluster, begin), ...lines];
}

/** The nodes, and who holds what makes it vote no. */
function opening({ cast, nodes }: Cluster, { actors }: ClusterState): string[] {
  const refusing = nodes.filter((_, index) => cast.actor(actors[index] ?? 0).disk.data.length > 0);
  return [`> nodes ${nodes.join(" ")}`, ...refusing.map((node) => `> hold ${node} ${VETO}`)];
}

/** Plays a path again with actors of its own, since those of the cast stand for several that differ a little. */
class Rehearsal {
  readonly acts: Act[] = [];
  readonly #cluster: Cluster;
  readonly #actors: Actor[];
  readonly #possible: Map<number, Happening>;

  constructor(cluster: Cluster, { actors, possible }: ClusterState) {
    this.#cluster = cluster;
    this.#actors = actors.map((number) => cluster.cast.actor(number));
    this.#possible = new Map(possible.map((number) => [number, cluster.cast.happening(number)]));
  }

  perform(deed: Deed): void {
    const { cast, nodes } = this.#cluster;
    const node = nodes[deed.on] ?? "";
    const actor = this.#actors[deed.on];
    if (!actor) return;
    if (deed.does === "turn") return this.#turn(deed.happening, false);
    const after = deed.does === "crash" ? crash(actor, deed.kept) : start(node, actor.disk, cast.play);
    this.#actors[deed.on] = after;
    const words = this.#cluster.wordsAfter(
      deed.does,
      deed.on,
      this.#actors.map((other) => other.running !== undefined),
    );
    const gives = words.map((word) => this.#give(word));
    const how = deed.does === "crash" && deed.kept ? "unnoticed flushed" : "unnoticed";
    this.#add({ command: `${deed.does} ${node} ${how}`, gives });
    if (deed.does === "restart") this.#ring(node);
  }

  /** All that changes nobody and makes something new possible. */
  whisper(): void {
    const { cast } = this.#cluster;
    // A map that grows while it is walked through is walked to its new end.
    for (const number of this.#possible.keys()) {
      const on = cast.place(number);
      const actor = cast.actorNumber(this.#actors[on] as Actor);
      const { actor: after, sent, told, flaw } = cast.turn(actor, number);
      const fresh = told !== 0 || sent.some((letter) => !this.#possible.has(letter));
      if (after === actor && fresh && !flaw) this.#turn(number, true);
    }
  }

  /** What a node finds overdue rings as soon as it is back. */
  #ring(node: string): void {
    const { cast } = this.#cluster;
    const alarm = cast.happeningNumber({ kind: "alarm", target: node });
    const actor = this.#actors[cast.place(alarm)];
    if (actor && cast.turn(cast.actorNumber(actor), alarm).sent.length > 0) {
      this.#turn(alarm, false);
      // The restart itself is the command.
      const ring = this.acts.pop();
      const restart = this.acts.at(-1);
      if (ring && restart) Object.assign(restart, { heard: ring.heard, gives: [...restart.gives, ...ring.gives] });
    }
  }

  #turn(number: number, silent: boolean): void {
    const { cast } = this.#cluster;
    const on = cast.place(number);
    const actor = this.#actors[on];
    const happening = this.#possible.get(number);
    if (!actor?.running || !happening) return;
    const command = commandOf(happening);
    try {
      const turn = takeTurn(actor, actor.running, happening, cast.play);
      this.#actors[on] = turn.actor;
      const letters = lettersOf(turn.actor, turn.sent, cast.play);
      const gives = letters.filter(({ target }) => target !== CLIENT).map((letter) => this.#give(letter));
      const tells = letters.filter(({ target }) => target === CLIENT);
      this.#add({ command, uses: number, heard: heardOf(turn), gives, tells, silent });
    } catch (error) {
      if (!(error instanceof Broken)) throw error;
      this.#add({ command, uses: number, heard: [`${actor.node} is broken: ${error.message}`] });
    }
  }

  #give(happening: Happening): number {
    const number = this.#cluster.cast.happeningNumber(happening);
    if (!this.#possible.has(number)) this.#possible.set(number, happening);
    return number;
  }

  #add(known: Partial<Act> & { command: string }): void {
    this.acts.push(act(known));
  }
}
