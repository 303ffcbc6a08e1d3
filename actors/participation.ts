/** One role for the participants of every protocol: who votes on an id, votes on it once, whatever runs it. */

import { applyForced, applyMismatched, type ForcedState, type FreeState, force, stepForced } from "./forced.js";
import type { Message } from "./message.js";
import {
  type Env,
  type Event,
  type Memory,
  type Outgoing,
  type Output,
  type Role,
  SILENCE,
  type Stage,
  say,
} from "./protocol.js";
import type { Concluded, HandRecord, ParticipantRecord, Prepared } from "./record.js";
import { type ProcessState, standing } from "./three-phase/state.js";
import type { Address, Millis, ProtocolName, TxnId, Why } from "./transaction.js";
import type { ParticipantState } from "./two-phase/participant.js";

export type AnyParticipant = FreeState | ForcedState;

export type Protocols = {
  "2pc": Role<ParticipantState, Prepared | Concluded>;
  "3pc": Role<ProcessState, ParticipantRecord>;
};

type Step = [AnyParticipant, Output];

export class Participation implements Role<AnyParticipant, ParticipantRecord | HandRecord> {
  readonly #protocols: Protocols;

  constructor(protocols: Protocols) {
    this.#protocols = protocols;
  }

  /** Nothing is known, not even the protocol: the first message or record tells. */
  blank(txn: TxnId, memory: Memory): AnyParticipant {
    return this.#protocols["2pc"].blank(txn, memory);
  }

  stage(state: AnyParticipant): Stage {
    if (state.protocol === "forced") return "open";
    return state.protocol === "3pc" ? this.#protocols["3pc"].stage(state) : this.#protocols["2pc"].stage(state);
  }

  apply(state: AnyParticipant, record: ParticipantRecord | HandRecord): AnyParticipant {
    if (record.kind === "mismatched") {
      return state.protocol === "forced"
        ? applyMismatched(state, this.#applyFree(state.free, record.real), record)
        : state;
    }
    const free = state.protocol === "forced" ? state.free : state;
    return record.kind === "forced" ? applyForced(free, record) : this.#applyFree(free, record);
  }

  #applyFree(state: FreeState, record: ParticipantRecord): FreeState {
    const known = this.#as(protocolOf(record), state);
    if (known.protocol === "3pc") return this.#protocols["3pc"].apply(known, record);
    return this.#protocols["2pc"].apply(known, record as Prepared | Concluded);
  }

  step(state: AnyParticipant, event: Event, env: Env): Step {
    if (state.protocol === "forced") {
      return stepForced(state, event, env, (free, said, around) => this.#stepFree(free, said, around));
    }
    if (event.kind === "message" && event.body.kind === "force") return force(state, event.body, env);
    return this.#stepFree(state, event, env);
  }

  #stepFree(state: FreeState, event: Event, env: Env): [FreeState, Output] {
    const wanted = event.kind === "message" ? protocolWanted(event.body) : undefined;
    const known = wanted ? this.#as(wanted, state) : state;
    if (wanted && event.kind === "message" && known.protocol !== wanted) {
      return this.#refuse(state, event.source, event.body, env);
    }
    const [after, output] =
      known.protocol === "3pc"
        ? this.#protocols["3pc"].step(known, event, env)
        : this.#protocols["2pc"].step(known, event, env);
    // A blank one that changed its protocol only has not changed.
    return [after === known ? state : after, output];
  }

  deadline(state: AnyParticipant): Millis | undefined {
    if (state.protocol === "forced") return state.inquireAt;
    return state.protocol === "3pc" ? this.#protocols["3pc"].deadline(state) : this.#protocols["2pc"].deadline(state);
  }

  #as(protocol: ProtocolName, state: FreeState): FreeState {
    if (state.protocol === protocol || this.stage(state) !== "blank") return state;
    return this.#protocols[protocol].blank(state.txn, state.memory);
  }

  /** The id was run under another protocol. Whoever asks what became of it is told; it is not run again. */
  #refuse(state: FreeState, source: Address, body: Message, env: Env): [FreeState, Output] {
    const answer = refusal(state, source, body, env);
    return [state, answer ? say(answer) : SILENCE];
  }
}

function refusal(state: FreeState, target: Address, body: Message, env: Env): Outgoing | undefined {
  const why: Why = { code: "id-reused", node: env.self, detail: "this id was run under another protocol" };
  const { txn } = state;
  if (body.kind === "prepare") {
    return { target, body: { kind: "vote", protocol: body.protocol, txn, attempt: body.attempt, vote: "no", why } };
  }
  if (body.kind !== "begin" && body.kind !== "ask") return undefined;
  const refused = body.kind === "begin" ? { refused: why } : {};
  const answer = { kind: "outcome", request: body.request, txn, standing: standingOf(state), ...refused } as const;
  return { target, body: answer, rests: true };
}

function standingOf(state: FreeState) {
  if (state.protocol === "3pc") return standing(state);
  const { phase, position, why } = state;
  if (phase === "committed") return { state: phase, position } as const;
  if (phase === "aborted") return { state: phase, why: why ?? { code: "abandoned" } } as const;
  return { state: "undecided" } as const;
}

function protocolOf(record: ParticipantRecord): ProtocolName {
  if (record.kind === "precommitted" || record.kind === "regrouped") return "3pc";
  return record.membership ? "3pc" : "2pc";
}

/** The protocol that a message belongs to, as far as it says so. */
function protocolWanted(body: Message): ProtocolName | undefined {
  switch (body.kind) {
    case "begin":
    case "ask":
    case "precommit":
    case "precommit-ack":
    case "state-request":
    case "state-report":
    case "consult":
    case "recovering":
      return "3pc";
    case "prepare":
      return body.protocol;
    default:
      return undefined;
  }
}
