/** The explorer finds every broken rule, and the conversation that shows it is short. */

import t from "tap";
import { exploreCluster } from "../../runtime/exploration/report.js";
import { EXPLORER_MUTANTS } from "./exploration-mutants.js";

for (const { name, roles, violates } of EXPLORER_MUTANTS) {
  t.test(`found: ${name}`, async (t) => {
    const { violation } = exploreCluster({ participants: 2, crashes: 2, roles });
    t.match(violation?.invariant, violates);
    const commands = violation?.conversation.filter((line) => line.startsWith(">")) ?? [];
    t.ok(commands.length >= 3 && commands.length <= 20, `a short conversation: ${commands.length} commands`);
  });
}
