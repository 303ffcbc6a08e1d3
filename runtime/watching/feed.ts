/** Changes as programs see them: pages of events, each with its position. */

import type { Change, NodeId } from "../../actors/transaction.js";
import type { Gateway } from "../gateway/gateway.js";
import { shownKey } from "../shown.js";
import { decodeValue } from "../validation.js";
import type { ChangesPage, ChangesQuery, WatchEvent } from "../watching-api.js";
import { Hub } from "./hub.js";
import { BEGIN, positionIn, positionText } from "./position.js";
import { checkChanges } from "./query.js";
import { sourceOf } from "./source.js";

export class Feed {
  readonly #cluster: string;
  readonly #gateway: Gateway;
  readonly #hub: Hub;

  constructor({ cluster, replicas }: { cluster: string; replicas: readonly NodeId[] }, gateway: Gateway) {
    this.#cluster = cluster;
    this.#gateway = gateway;
    this.#hub = new Hub(sourceOf(gateway, replicas));
  }

  async page(asked?: ChangesQuery): Promise<ChangesPage> {
    const { since, ...query } = checkChanges(asked);
    const from = since === undefined || since === BEGIN ? since : positionIn(this.#cluster, since);
    // A replica may not know yet of what a client has been told: that is not to be seen as news.
    const { acknowledged } = this.#gateway;
    const { changes, upTo } = await this.#hub.next({ ...query, since: from });
    const position = positionText(this.#cluster, from === undefined ? Math.max(upTo, acknowledged) : upTo);
    return { events: changes.map((change) => this.#eventOf(change)), position };
  }

  close(): void {
    this.#hub.close();
  }

  #eventOf({ position, txn, writes }: Change): WatchEvent {
    const changes = writes.map(({ key, value }) => ({ key: shownKey(key), value: value && decodeValue(value) }));
    return { position: positionText(this.#cluster, position), txn, changes };
  }
}
