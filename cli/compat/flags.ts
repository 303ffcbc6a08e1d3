/** The master's flags: where in the next round of the playlist this process dies. */

import { isChangeId } from "../../actors/membership/view.js";
import type { Message } from "../../actors/message.js";
import type { Output } from "../../actors/protocol.js";
import type { LogRecord } from "../../actors/record.js";
import type { NodeId } from "../../actors/transaction.js";
import type { Faults, Moment, Strike } from "../../runtime/faults.js";
import type { Flag } from "./command.js";

/** A turn with this message comes to the point, or one with this record of a round that the process leads itself. */
type Point = { moment: Moment; message: Message["kind"]; record?: "prepared" | "precommitted" };

/** In the order in which a round comes to them. A coordinator votes and acknowledges without a message, be it alone. */
const POINTS: Record<Flag["at"], Point> = {
  "partial-vote-request": { moment: "partial-release", message: "prepare" },
  "before-vote": { moment: "before-commit", message: "vote", record: "prepared" },
  "after-vote": { moment: "after-release", message: "vote", record: "prepared" },
  "partial-precommit": { moment: "partial-release", message: "precommit", record: "precommitted" },
  "after-precommit-ack": { moment: "after-release", message: "precommit-ack", record: "precommitted" },
  "partial-decision": { moment: "partial-release", message: "decide" },
};

export type Armed = { at: Flag["at"]; targets: readonly NodeId[] };

/** Each point can be armed; a round that changes who the members are comes to none. */
export class Flags implements Faults {
  readonly #self: NodeId;
  /** Who is told before it dies. */
  readonly #armed = new Map<Flag["at"], readonly NodeId[]>();

  constructor(self: NodeId) {
    this.#self = self;
  }

  arm({ at, targets }: Armed): void {
    this.#armed.set(at, targets);
  }

  strike(output: Output): Strike | undefined {
    if (this.#armed.size === 0) return undefined;
    for (const at of Object.keys(POINTS) as Flag["at"][]) {
      const told = this.#armed.get(at);
      if (!told || !this.#reaches(output, at)) continue;
      const { moment, message } = POINTS[at];
      return { moment, sends: ({ target, body }) => body.kind === message && told.includes(target) };
    }
    return undefined;
  }

  #reaches({ records, messages }: Output, at: Flag["at"]): boolean {
    const { message, record: own } = POINTS[at];
    if (at === "partial-decision") return records.some(({ record }) => decides(record, messages));
    const isLed = (record: LogRecord) =>
      record.kind === own && "coordinator" in record && record.coordinator === this.#self;
    return (
      records.some(({ record }) => isLed(record) && isOfPlaylist(record)) ||
      messages.some(({ body }) => body.kind === message && isOfPlaylist(body))
    );
  }
}

/** Who leads is who tells others of the end, be it only the client. */
function decides(record: LogRecord, messages: Output["messages"]): boolean {
  if (record.kind !== "concluded" || !isOfPlaylist(record)) return false;
  return messages.some(({ body }) => (body.kind === "decide" || body.kind === "outcome") && body.txn === record.txn);
}

function isOfPlaylist(subject: object): boolean {
  return "txn" in subject && typeof subject.txn === "string" && !isChangeId(subject.txn);
}
