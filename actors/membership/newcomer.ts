/** A replica that catches up: it compares what its sponsor offers with what it has, and asks for what differs. */

import type { Offer, Rows } from "../message.js";
import { entriesIn } from "../page.js";
import type { Env, Outgoing, Output } from "../protocol.js";
import type { Entry, Incarnation, Key, NodeId, Write } from "../transaction.js";
import { VIEW_KEY } from "./view.js";

/** What was offered last and has not arrived yet. */
type Wanted = { sponsor: Incarnation; step: number; keys: readonly Key[] };

export class Newcomer {
  #wanted: Wanted | undefined;

  /** What it does not have any more goes at once, what it does not have yet is asked for. */
  onOffer(sponsor: Incarnation, offer: Offer, env: Env): Output {
    env.interrupt();
    const versions = new Map(offer.versions);
    const own = offer.exact
      ? ownOf([...versions.keys()], env)
      : [...entriesIn({ start: offer.start, end: offer.end }, env)];
    const writes = own
      .filter(({ key }) => key !== VIEW_KEY && (versions.get(key) ?? undefined) === undefined)
      .map(({ key }): Write => ({ key, value: undefined, version: "" }));
    const keys = [...versions].filter(([key, version]) => version !== null && env.read(key)?.version !== version);
    this.#wanted = { sponsor, step: offer.step, keys: keys.map(([key]) => key) };
    return { records: [], writes, messages: [this.#ask(sponsor.node)] };
  }

  /** Whether this is what it has asked for. */
  awaits(sponsor: Incarnation, { step }: Rows): boolean {
    return this.#stepOf(sponsor) === step;
  }

  /** Whether this was said before something else that has arrived. What a late offer says may not be true any more. */
  isOld(sponsor: Incarnation, { step }: Offer): boolean {
    return step < this.#stepOf(sponsor);
  }

  #stepOf({ node, epoch }: Incarnation): number {
    const { sponsor, step } = this.#wanted ?? { sponsor: undefined, step: 0 };
    return sponsor?.node === node && sponsor.epoch === epoch ? step : 0;
  }

  /** On disk before it asks for more. */
  onRows(sponsor: Incarnation, { step, entries }: Rows): Output {
    const arrived = new Set(entries.map(({ key }) => key));
    const writes = entries.map(({ key, stored }): Write => {
      return stored ? { key, ...stored } : { key, value: undefined, version: "" };
    });
    this.#wanted = { sponsor, step, keys: (this.#wanted?.keys ?? []).filter((key) => !arrived.has(key)) };
    return { records: [], writes, messages: [this.#ask(sponsor.node)] };
  }

  #ask(target: NodeId): Outgoing {
    const { step, keys } = this.#wanted ?? { step: 0, keys: [] };
    return { target, body: { kind: "want", step, keys: [...keys] } };
  }
}

function ownOf(keys: readonly Key[], env: Env): Entry[] {
  return keys.flatMap((key) => {
    const stored = env.read(key);
    return stored ? [{ key, stored }] : [];
  });
}
