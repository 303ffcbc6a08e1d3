/** `ayes compare-protocols`: the counts are the theory's, two-phase commit blocks, three-phase commit does not. */

import t from "tap";
import type { Message } from "../../actors/message.js";
import { compareProtocols } from "../../cli/commands/compare-protocols.js";
import { roundsOf } from "../../cli/comparison/rounds.js";
import type { JournalLine } from "../../runtime/journal.js";
import { ack } from "../contract/links.js";

t.test("measured on real clusters", async (t) => {
  const written = t.capture(process.stdout, "write", () => true);
  const flags = { replicas: 2, transactions: 3, hosts: "threads", json: true, quiet: true } as const;
  const code = await compareProtocols(flags);
  const lines = written().map(({ args }) => JSON.parse(String(args[0])));
  t.equal(code, 0);
  t.match(lines, [
    { protocol: "2pc", messages: 8, forcedWrites: 5, rounds: { toAnswer: 2, inAll: 4 }, theory: { messages: 8 } },
    { protocol: "3pc", messages: 10, forcedWrites: 8, rounds: { toAnswer: 4, inAll: 5 }, theory: { messages: 10 } },
  ]);
  const [two, three] = lines.map(({ death }) => death);
  t.match(two, { blocked: ["n1", "n2"], waitingFor: ["c1"], told: "unknown (timeout)", outcome: "committed" });
  t.match(three, { blocked: [], told: "aborted (unavailable)", meanwhile: "committed", outcome: "aborted" });
  t.type(three.decidedAfterMs, "number");
});

t.test("rounds are the longest chain of messages, in whatever order the journal is heard", async (t) => {
  const message = (source: string, body: Message) => ({ kind: "message", source, body }) as const;
  const line = (node: string, inputs: JournalLine["inputs"], messages: JournalLine["messages"]): JournalLine => {
    return { node, epoch: 1, turn: 1, at: 0, inputs, records: [], keys: [], messages, flushed: false };
  };
  const [first, other] = [ack(1), ack(2)];
  const undecided: Message = { kind: "undecided", txn: "t1" };
  const told: Message = { kind: "outcome", request: 1, txn: "t1", standing: { state: "committed" } };
  const lines = [
    line("c1", [message("n1", undecided)], [{ target: "client", body: told }]),
    line("n1", [message("c1", first)], [{ target: "c1", body: undecided }]),
    line(
      "c1",
      [message("client", undecided)],
      [
        { target: "n1", body: first },
        { target: "n1", body: other },
      ],
    ),
  ];
  t.same(roundsOf(lines, "t1"), { toAnswer: 2, inAll: 2 });
});
