/** The simulated network: every envelope may be delayed, lost, copied, overtaken, or stopped by a cut link. */

import type { Envelope } from "../../actors/message.js";
import type { Address, Millis } from "../../actors/transaction.js";
import type { Agenda } from "./agenda.js";
import type { Random } from "./random.js";

/** How bad the network is. */
export type Weather = {
  leastDelayMs: Millis;
  mostDelayMs: Millis;
  /** The share of envelopes that vanish. */
  loss: number;
  /** The share of envelopes that arrive twice. */
  copies: number;
  /** Whether a link may deliver in another order. */
  reorders: boolean;
};

export const FAIR_WEATHER: Weather = { leastDelayMs: 0.1, mostDelayMs: 1, loss: 0, copies: 0, reorders: false };

export class Network {
  weather: Weather;
  readonly #agenda: Agenda;
  readonly #random: Random;
  readonly #deliver: (envelope: Envelope) => void;
  /** How many cuts lie on a link now. Cuts of both directions are two. */
  readonly #cuts = new Map<string, number>();
  /** When the last envelope of a link arrives. */
  readonly #lastAt = new Map<string, Millis>();

  constructor(agenda: Agenda, random: Random, weather: Weather, deliver: (envelope: Envelope) => void) {
    this.#agenda = agenda;
    this.#random = random;
    this.weather = weather;
    this.#deliver = deliver;
  }

  /** Envelopes on their way. */
  underway = 0;

  send(envelope: Envelope): void {
    const { loss, copies } = this.weather;
    if (this.#isCut(envelope.source, envelope.target) || this.#random.chance(loss)) return;
    this.#dispatch(envelope);
    if (this.#random.chance(copies)) this.#dispatch(envelope);
  }

  /** Stops what is sent from one to the other, until the same is mended. What is under way arrives. */
  cut(source: Address, target: Address): void {
    const link = `${source}>${target}`;
    this.#cuts.set(link, (this.#cuts.get(link) ?? 0) + 1);
  }

  mend(source: Address, target: Address): void {
    const link = `${source}>${target}`;
    this.#cuts.set(link, (this.#cuts.get(link) ?? 0) - 1);
  }

  /** From now on every link is whole and quick. */
  heal(): void {
    this.#cuts.clear();
    this.weather = FAIR_WEATHER;
  }

  #isCut(source: Address, target: Address): boolean {
    return (this.#cuts.get(`${source}>${target}`) ?? 0) > 0;
  }

  #dispatch(envelope: Envelope): void {
    const { leastDelayMs, mostDelayMs, reorders } = this.weather;
    const link = `${envelope.source}>${envelope.target}`;
    const at = this.#agenda.now + this.#random.skewed(leastDelayMs, mostDelayMs);
    const arrival = reorders ? at : Math.max(at, this.#lastAt.get(link) ?? 0);
    this.#lastAt.set(link, arrival);
    this.underway += 1;
    this.#agenda.add(arrival, () => {
      this.underway -= 1;
      this.#deliver(envelope);
    });
  }
}
