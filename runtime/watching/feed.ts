/** Changes as programs see them: pages of events, each with its position. */

import type { Change } from "../../actors/transaction.js";
import type { Value } from "../api.js";
import type { Gateway, GatewayOptions } from "../gateway/gateway.js";
import { shownKey } from "../shown.js";
import { decodeValue } from "../validation.js";
import type { ChangesPage, ChangesQuery, WatchEvent } from "../watching-api.js";
import { Hub } from "./hub.js";
import { BEGIN, positionIn, positionText } from "./position.js";
import { checkChanges } from "./query.js";
import type { Stretch } from "./ring.js";
import { sourceOf } from "./source.js";

export class Feed {
  readonly #cluster: string;
  readonly #gateway: Gateway;
  readonly #hub: Hub;
  /** Watchers that are up to date are given the same stretches: each of those is decoded once. */
  readonly #pages = new WeakMap<Stretch, ChangesPage>();

  constructor(shape: Pick<GatewayOptions, "cluster" | "replicas" | "membership">, gateway: Gateway) {
    this.#cluster = shape.cluster;
    this.#gateway = gateway;
    this.#hub = new Hub(sourceOf(gateway, shape));
  }

  async page(asked?: ChangesQuery): Promise<ChangesPage> {
    const { since, ...query } = checkChanges(asked);
    const from = since === undefined || since === BEGIN ? since : positionIn(this.#cluster, since);
    // A replica may not know yet of what a client has been told: that is not to be seen as news.
    const { acknowledged } = this.#gateway;
    const stretch = await this.#hub.next({ ...query, since: from });
    if (from !== undefined) return this.#pageOf(stretch);
    return { events: [], position: positionText(this.#cluster, Math.max(stretch.upTo, acknowledged)) };
  }

  close(): void {
    this.#hub.close();
  }

  #pageOf(stretch: Stretch): ChangesPage {
    const known = this.#pages.get(stretch);
    if (known) return known;
    const { changes, upTo } = stretch;
    const events = Object.freeze(changes.map((change) => this.#eventOf(change)));
    const page = Object.freeze({ events, position: positionText(this.#cluster, upTo) });
    if (!changes.some(holdsBytes)) this.#pages.set(stretch, page);
    return page;
  }

  #eventOf({ position, txn, writes }: Change): WatchEvent {
    const changes = writes.map(({ key, value }) => {
      return Object.freeze({ key: frozen(shownKey(key)), value: value && frozen(decodeValue(value)) });
    });
    return Object.freeze({ position: positionText(this.#cluster, position), txn, changes: Object.freeze(changes) });
  }
}

/** Nobody can keep a consumer from changing bytes: each is given its own. */
function holdsBytes({ writes }: Change): boolean {
  return writes.some(({ value }) => value instanceof Uint8Array);
}

/** All the way down. */
function frozen<Part extends Value | undefined>(part: Part): Part {
  if (typeof part !== "object" || part === null || part instanceof Uint8Array) return part;
  for (const inner of Object.values(part)) frozen(inner);
  return Object.freeze(part);
}
