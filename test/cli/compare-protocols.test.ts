/** `ayes compare-protocols`: the counts are the theory's, two-phase commit blocks, three-phase commit does not. */

import t from "tap";
import { compareProtocols } from "../../cli/commands/compare-protocols.js";

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
