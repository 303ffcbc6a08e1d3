/** A playlist in memory that notes what it was asked: enough to look at the wire, and no more. */

import type { Flag } from "../../cli/compat/command.js";
import type { Player } from "../../cli/compat/player.js";

export class Recorder implements Player {
  readonly asked: string[] = [];
  /** Changes that wait, when they are held. */
  readonly held: (() => void)[] = [];
  isHolding = false;
  leads: number | undefined;
  readonly #songs = new Map<string, string>();
  #listener: () => void = () => undefined;
  #vetoes = false;

  constructor(leads: number | undefined) {
    this.leads = leads;
  }

  leader(): number | undefined {
    return this.leads;
  }

  onLead(listener: () => void): void {
    this.#listener = listener;
  }

  lead(id: number): void {
    this.leads = id;
    this.#listener();
  }

  add(song: string, url: string): Promise<"commit" | "abort"> {
    return this.#change(`add ${song} ${url}`, () => this.#songs.set(song, url));
  }

  delete(song: string): Promise<"commit" | "abort"> {
    return this.#change(`delete ${song}`, () => this.#songs.delete(song));
  }

  get(song: string): string | undefined {
    this.asked.push(`get ${song}`);
    return this.#songs.get(song);
  }

  voteNo(): void {
    this.asked.push("vote no");
    this.#vetoes = true;
  }

  arm(flag: Flag): void {
    this.asked.push(`arm ${flag.at}${"targets" in flag ? ` [${flag.targets}]` : ""}`);
  }

  async #change(asked: string, work: () => unknown): Promise<"commit" | "abort"> {
    this.asked.push(asked);
    if (this.isHolding) await new Promise<void>((resolve) => this.held.push(resolve));
    const vetoes = this.#vetoes;
    this.#vetoes = false;
    if (!vetoes) work();
    return vetoes ? "abort" : "commit";
  }
}
