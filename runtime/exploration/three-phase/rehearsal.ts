/** Plays the way to a state again, to tell it as a conversation in the form of the golden files. */

import { Broken } from "../../../actors/protocol.js";
import { type Actor, crash, type Happening, type Letter, start, type Turn, takeTurn } from "../actor.js";
import { canonicalText } from "../canonical.js";
import { CLIENT, lettersOf } from "../cast.js";
import { type Act, act, commandOf, ending, heardOf, linesOf } from "../conversation.js";
import type { Step } from "../transition-system.js";
import type { Deed, Processes, ProcessesState } from "./processes.js";
import { VETO } from "./request.js";

/** The lines of the conversation that leads to a state, and a last one that says what each process is then. */
export function conversation(
  system: Processes,
  begin: ProcessesState,
  path: readonly Step<ProcessesState, Deed[]>[],
): string[] {
  const rehearsal = new Rehearsal(system, begin);
  for (const deed of path.flatMap(({ label }) => label)) {
    rehearsal.whisper();
    rehearsal.perform(deed);
  }
  const flawed = path.at(-1)?.state.flaw !== undefined;
  const lines = linesOf(rehearsal.acts, flawed, (copy) => commandOf(system.cast.happening(letterOf(copy))));
  return [...opening(system, begin), ...lines, `# ${ending(rehearsal.actors)}`];
}

function opening(system: Processes, begin: ProcessesState): string[] {
  const [first = ""] = system.nodes;
  const actors = system.actors(begin).map((number) => system.cast.actor(number));
  const refusing = actors.filter(({ disk }) => disk.data.length > 0).map(({ node }) => `> hold ${node} ${VETO}`);
  return ["> protocol 3pc", `> nodes ${system.nodes.join(" ")}`, `> ask-at ${first}`, ...refusing];
}

/** More than any process has lives. */
const LIVES = 64;

/** A letter to one life of its receiver. */
function copyOf(letter: number, life: number): number {
  return letter * LIVES + life;
}

function letterOf(copy: number): number {
  return Math.floor(copy / LIVES);
}

/** Plays a path again with actors of its own, since those of the cast stand for several that differ a little. */
class Rehearsal {
  readonly acts: Act[] = [];
  readonly actors: Actor[];
  readonly #system: Processes;
  /** Letters that were sent, to those lives of their receivers that were meant, with the reasons that are for people. */
  readonly #sent = new Map<number, Letter>();

  constructor(system: Processes, begin: ProcessesState) {
    this.#system = system;
    this.actors = system.actors(begin).map((number) => system.cast.actor(number));
  }

  perform(deed: Deed): void {
    const { cast, nodes } = this.#system;
    const node = nodes[deed.on] ?? "";
    const actor = this.actors[deed.on];
    if (!actor) return;
    if (deed.does === "turn") this.#turn(deed.happening, false);
    else if (deed.does === "crash") {
      this.actors[deed.on] = crash(actor, deed.kept);
      this.acts.push(act({ command: `crash ${node} unnoticed${deed.kept ? " flushed" : ""}` }));
    } else {
      this.actors[deed.on] = start(node, actor.disk, cast.play);
      this.#turn(deed.news, false, `restart ${node} unnoticed`);
    }
    for (const on of nodes.keys()) this.#hearGoodNews(on);
  }

  /** All that changes nobody and sends something new. Before that, those that have finished hear what they are to hear. */
  whisper(): void {
    const { cast, nodes } = this.#system;
    for (const on of nodes.keys()) if (this.#hasFinished(on)) this.#hearAll(on);
    const rings = nodes.flatMap((target) => [
      cast.happeningNumber({ kind: "alarm", target }),
      cast.happeningNumber({ kind: "flush", target }),
    ]);
    for (const ring of rings) this.#whisper(ring);
    // A map that grows while it is walked through is walked to its new end.
    for (const copy of this.#sent.keys()) if (this.#reaches(copy)) this.#whisper(letterOf(copy));
  }

  #whisper(happening: number): void {
    const { cast } = this.#system;
    const actor = this.actors[cast.place(happening)];
    if (!actor?.running) return;
    const number = cast.actorNumber(actor);
    const { actor: after, sent, flaw } = cast.turn(number, happening);
    const isNew = sent.some((letter) => this.#isUp(cast.place(letter)) && !this.#sent.has(this.#copy(letter)));
    if (after === number && isNew && flaw === undefined) this.#turn(happening, true);
  }

  #turn(number: number, silent: boolean, command?: string): void {
    const { cast } = this.#system;
    const happening = cast.happening(number);
    const on = cast.place(number);
    const actor = this.actors[on];
    if (!actor?.running) throw new Error(`${commandOf(happening)}: it is down`);
    const isLetter = happening.kind === "letter" && happening.source !== CLIENT;
    if (isLetter && !this.#reaches(this.#copy(number))) throw new Error(`${commandOf(happening)}: it was not sent`);
    const known = { command: command ?? commandOf(happening), silent, ...(isLetter && { uses: this.#copy(number) }) };
    try {
      const said = isLetter ? this.#sent.get(this.#copy(number)) : undefined;
      const turn = takeTurn(actor, actor.running, said ?? happening, cast.play);
      this.actors[on] = turn.actor;
      // What the cast takes for the same may differ in who is to be told later.
      const isSilent = silent && canonicalText(turn.actor) === canonicalText(actor);
      this.acts.push(act({ ...known, silent: isSilent, heard: heardOf(turn), ...this.#outgoing(turn) }));
    } catch (error) {
      if (!(error instanceof Broken)) throw error;
      this.acts.push(act({ ...known, heard: [`${actor.node} is broken: ${error.message}`] }));
    }
  }

  #outgoing({ actor, sent }: Turn): Pick<Act, "gives" | "tells"> {
    const { cast } = this.#system;
    const letters = lettersOf(actor, sent, cast.play);
    const gives = letters
      .filter(({ target }) => target !== CLIENT)
      .map((letter) => {
        const copy = this.#copy(cast.happeningNumber(letter));
        if (!this.#sent.has(copy)) this.#sent.set(copy, letter);
        return copy;
      });
    return { gives, tells: letters.filter(({ target }) => target === CLIENT) };
  }

  /** To the present life of its receiver; to none if that is down. */
  #copy(letter: number): number {
    const place = this.#system.cast.place(letter);
    return copyOf(letter, this.#isUp(place) ? (this.actors[place]?.disk.epoch ?? 0) : 0);
  }

  #reaches(copy: number): boolean {
    const { cast } = this.#system;
    const letter = cast.happening(letterOf(copy));
    if (letter.kind !== "letter" || !this.#sent.has(copy) || this.#copy(letterOf(copy)) !== copy) return false;
    const word = this.actors[cast.place(letterOf(copy))]?.running?.core.peers.find(([node]) => node === letter.source);
    return word?.[1].up === true && word[1].epoch === letter.epoch;
  }

  #isUp(place: number): boolean {
    return this.actors[place]?.running !== undefined;
  }

  #hasFinished(on: number): boolean {
    const core = this.actors[on]?.running?.core.participating;
    return core !== undefined && core.open.length === 0 && core.finished.length > 0;
  }

  #hearAll(on: number): void {
    for (let word = this.#nextWord(on); word; word = this.#nextWord(on)) this.#hear(word);
  }

  #hearGoodNews(on: number): void {
    for (let word = this.#nextWord(on, true); word; word = this.#nextWord(on, true)) this.#hear(word);
  }

  #hear(word: Happening): void {
    this.#turn(this.#system.cast.happeningNumber(word), false);
  }

  /** The next word that is due. */
  #nextWord(on: number, up?: boolean): Happening | undefined {
    for (const [node, word] of this.actors[on]?.running?.core.peers ?? []) {
      const place = this.#system.nodes.indexOf(node);
      const { disk, running } = this.actors[place] ?? {};
      if (place === on || word.up === up || !disk) continue;
      if (disk.epoch === word.epoch && (!word.up || running)) continue;
      const next = { node, up: !word.up, epoch: word.up ? word.epoch : word.epoch + 1 };
      return { kind: "word", target: this.#system.nodes[on] ?? "", ...next };
    }
    return undefined;
  }
}
