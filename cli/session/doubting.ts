/** The statement `doubt`: what is in doubt, and what a person forces. */

import type { Cluster } from "../../runtime/api.js";
import type { DoubtStatement } from "../language/statement.js";
import type { Reply } from "./reply.js";

export async function answerDoubt({ doubt }: Cluster, statement: DoubtStatement): Promise<Reply> {
  const { asked } = statement;
  if (asked === "list") {
    const doubts = await doubt.list();
    return {
      kind: "doubts",
      doubts: doubts.filter(({ ageMs, state }) => state === "mismatch" || ageMs >= statement.olderThanMs),
    };
  }
  const { txn } = statement;
  if (asked === "forget") {
    const { nodes } = await doubt.forget(txn);
    return { kind: "done", text: `${txn}: seen; ${nodes.join(", ")} took note`, facts: { txn, nodes } };
  }
  const { order, reason, nodes } = statement;
  const after = await doubt.resolve(txn, order, { reason, ...(nodes && { nodes }) });
  const forced = after.forced.map(({ node }) => node).join(", ");
  const text = `${txn}: ${forced} ${order === "commit" ? "committed" : "aborted"} by force; \`doubt\` tells if it was wrong`;
  return { kind: "done", text, facts: after };
}
