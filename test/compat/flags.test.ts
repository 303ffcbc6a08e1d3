/** Where the master's flags strike, and where they do not: told apart by what a turn records and sends. */

import t from "tap";
import { changeId } from "../../actors/membership/view.js";
import type { Message } from "../../actors/message.js";
import type { Output } from "../../actors/protocol.js";
import type { LogRecord } from "../../actors/record.js";
import type { NodeId, TxnId } from "../../actors/transaction.js";
import type { Flag } from "../../cli/compat/command.js";
import { Flags } from "../../cli/compat/flags.js";

const SELF = "p0";
const ROUND = "01ROUND";
const CHANGE = changeId(2, { self: SELF, epoch: 1 }, 1);

type Turn = (txn: TxnId, coordinator: NodeId) => Output;

function output(records: LogRecord[], sent: [NodeId, Message][]): Output {
  return {
    records: records.map((record) => ({ record, forced: true })),
    writes: [],
    messages: sent.map(([target, body]) => ({ target, body })),
  };
}

function logged(kind: "prepared" | "precommitted", txn: TxnId, coordinator: NodeId): LogRecord {
  const shared = {
    txn,
    coordinator,
    attempt: 1,
    participants: [],
    position: 1,
    at: 0,
    membership: { group: [], fingerprint: 1 },
  };
  return kind === "prepared" ? { ...shared, kind, writes: [], reads: [] } : { ...shared, kind };
}

function ended(txn: TxnId): LogRecord {
  return { kind: "concluded", txn, attempt: 1, outcome: "committed" };
}

/** Each turn of a round, at the coordinator and at a participant. */
const TURNS = {
  asks: (txn) => {
    const body = { txn, attempt: 1, participants: [], operations: [], checks: [], deadlineMs: 1 };
    const prepare: Message = { kind: "prepare", protocol: "3pc", ...body };
    return output(
      [],
      [
        [SELF, prepare],
        ["p1", prepare],
        ["p2", prepare],
      ],
    );
  },
  "votes first": (txn) => output([logged("prepared", txn, SELF)], []),
  votes: (txn) => {
    const vote: Message = { kind: "vote", protocol: "3pc", txn, attempt: 1, vote: "yes" };
    return output([logged("prepared", txn, "p1")], [["p1", vote]]);
  },
  precommits: (txn) => {
    const order: Message = { kind: "precommit", txn, attempt: 1, round: 0, position: 1 };
    return output(
      [logged("precommitted", txn, SELF)],
      [
        ["p1", order],
        ["p2", order],
      ],
    );
  },
  acknowledges: (txn) => {
    const ack: Message = { kind: "precommit-ack", txn, attempt: 1, round: 0 };
    return output([logged("precommitted", txn, "p1")], [["p1", ack]]);
  },
  decides: (txn) => {
    const decide: Message = { kind: "decide", txn, attempt: 1, outcome: "committed" };
    return output(
      [ended(txn)],
      [
        ["p1", decide],
        ["p2", decide],
      ],
    );
  },
  "decides alone": (txn) => {
    const outcome: Message = { kind: "outcome", request: 1, txn, standing: { state: "committed" } };
    return output([ended(txn)], [["companion", outcome]]);
  },
  "is told": (txn) => output([ended(txn)], []),
} satisfies Record<string, Turn>;

/** The turns in which each flag strikes, and how. */
const STRIKES: Record<Flag["at"], { moment: string; in: (keyof typeof TURNS)[] }> = {
  "partial-vote-request": { moment: "partial-release", in: ["asks"] },
  "before-vote": { moment: "before-commit", in: ["votes first", "votes"] },
  "after-vote": { moment: "after-release", in: ["votes first", "votes"] },
  "partial-precommit": { moment: "partial-release", in: ["precommits"] },
  "after-precommit-ack": { moment: "after-release", in: ["precommits", "acknowledges"] },
  "partial-decision": { moment: "partial-release", in: ["decides", "decides alone"] },
};

for (const [at, expected] of Object.entries(STRIKES) as [Flag["at"], (typeof STRIKES)[Flag["at"]]][]) {
  t.test(`${at} strikes there, in rounds of the playlist only, and tells its targets`, async (t) => {
    for (const [name, turn] of Object.entries(TURNS) as [keyof typeof TURNS, Turn][]) {
      const flags = new Flags(SELF);
      t.equal(flags.strike(turn(ROUND, SELF)), undefined, "nothing is armed");
      flags.arm({ at, targets: ["p1"] });
      flags.arm({ at, targets: ["p2"] });
      t.equal(flags.strike(turn(CHANGE, SELF)), undefined, `${name}, of a change of members`);
      const strike = flags.strike(turn(ROUND, SELF));
      t.equal(strike?.moment, expected.in.includes(name) ? expected.moment : undefined, name);
      if (strike?.moment !== "partial-release") continue;
      const told = turn(ROUND, SELF).messages.filter((message) => strike.sends?.(message));
      t.same(
        told.map(({ target }) => target),
        name === "decides alone" ? [] : ["p2"],
        "the later flag replaces the earlier one",
      );
    }
  });
}

t.test("of several flags the one strikes whose turn comes first", async (t) => {
  const flags = new Flags(SELF);
  for (const at of Object.keys(STRIKES).reverse()) flags.arm({ at: at as Flag["at"], targets: [] });
  t.equal(flags.strike(TURNS["votes first"](ROUND))?.moment, "before-commit");
  // A coordinator that is alone does everything in one turn.
  const records = [...TURNS["votes first"](ROUND).records, ...TURNS["decides alone"](ROUND).records];
  t.equal(flags.strike({ ...TURNS["decides alone"](ROUND), records })?.moment, "before-commit");
});
