/** The master's commands, done by the player, and what the master is told. Knows nothing of bytes. */

import { type Command, parseCommand } from "./command.js";
import type { Answer, Line } from "./lines.js";
import type { Player } from "./player.js";

export type FrontOptions = {
  id: number;
  /** How many processes there may be at most. */
  n: number;
  player: Player;
  /** Ends this process at once, as a crash does. */
  die(): void;
  /** Says for people what was wrong with a line. */
  complain(why: string): void;
};

type Tell = (answer: Answer) => void;
type Change = Extract<Command, { kind: "add" | "delete" }>;

export class Front {
  readonly #options: FrontOptions;

  constructor(options: FrontOptions) {
    this.#options = options;
  }

  /** What a master is told that connects now. */
  greeting(): Answer[] {
    const { id } = this.#options;
    return this.#isLeader() ? [{ kind: "coordinator", id }] : [];
  }

  /** Does what a line says. What is wrong changes nothing. */
  hear(line: Line, tell: Tell): void {
    if ("flaw" in line) return this.#refuse(line.flaw, "", tell);
    if (line.text.trim() === "") return;
    const command = parseCommand(line.text, this.#options.n);
    if (command.kind === "malformed") return this.#refuse(command.why, command.word, tell);
    this.#run(command, tell);
  }

  #run(command: Exclude<Command, { kind: "malformed" }>, tell: Tell): void {
    const { player, die } = this.#options;
    switch (command.kind) {
      case "add":
      case "delete":
        return this.#change(command, tell);
      case "get":
        return tell({ kind: "resp", url: player.get(command.song) });
      case "crash":
        return die();
      case "vote-no":
        return player.voteNo();
      case "arm":
        if ("targets" in command.flag && !this.#isLeader()) return this.#refuse(this.#leads(), "", tell);
        return player.arm(command.flag);
    }
  }

  #change(command: Change, tell: Tell): void {
    if (!this.#isLeader()) return this.#refuse(this.#leads(), command.kind, tell);
    const { player } = this.#options;
    const outcome = command.kind === "add" ? player.add(command.song, command.url) : player.delete(command.song);
    void outcome.then((came) => tell({ kind: "ack", outcome: came }));
  }

  /** The master waits for an answer to some commands, however wrong they are: nothing took effect, and it is told so. */
  #refuse(why: string, word: string, tell: Tell): void {
    this.#options.complain(why);
    tell({ kind: "error", why });
    if (word === "add" || word === "delete") tell({ kind: "ack", outcome: "abort" });
    if (word === "get") tell({ kind: "resp", url: undefined });
  }

  #isLeader(): boolean {
    return this.#options.player.leader() === this.#options.id;
  }

  #leads(): string {
    const leader = this.#options.player.leader();
    const who = leader === undefined ? "nobody leads yet" : `process ${leader} leads`;
    return `process ${this.#options.id} is not the coordinator: ${who}`;
  }
}
