/** What was in doubt at a step, and what each log proves of it. */

import type { PastDoubt } from "../../../runtime/past/past-api.js";
import { keyText } from "../parts/key.js";
import { Text } from "../parts/text.js";
import { hrefOf } from "../shell/route.js";

export function PastDoubts({ doubts }: { doubts: readonly PastDoubt[] }) {
  if (doubts.length === 0) return <p class="faint">No transaction is in doubt.</p>;
  return (
    <ul class="past-doubts">
      {doubts.map(({ txn, keys, logs, waitingFor }) => (
        <li key={txn}>
          In doubt: <Transaction id={txn} />{" "}
          <Text>{`(${keys.map(keyText).join(", ")}) waits for ${waitingFor.join(", ") || "nobody"}`}</Text>
          <span class="faint">
            {" "}
            {Object.entries(logs)
              .map(([node, says]) => `${node}: ${says}`)
              .join("; ")}
          </span>
        </li>
      ))}
    </ul>
  );
}

export function Transaction({ id }: { id: string }) {
  return (
    <a href={hrefOf("transactions", id)}>
      <Text most={60}>{id}</Text>
    </a>
  );
}
