/** How a transaction goes and ended, in words, with what its participants learned from each other. */

import { useEffect, useState } from "preact/hooks";
import type { Trace } from "../../../runtime/tracing-api.js";
import { type Diagram, diagramOf } from "../../diagram/diagram.js";
import { ask, part } from "../live/ask.js";
import { ballots } from "../live/ballots.js";
import { usePolled } from "../live/polled.js";
import { Text } from "../parts/text.js";
import { hrefOf } from "../shell/route.js";

const EVERY_MS = 800;
const SELDOM_MS = 30_000;
const TONES = { committed: "good", aborted: "bad", undecided: "warn" } as const;

export function EndOf({ txn, says }: { txn: string; says: string }) {
  const [ended, setEnded] = useState(false);
  const read = async () => diagramOf(await ask<Trace>(`v1/traces/${part(txn)}`));
  const { answer } = usePolled<Diagram>(read, txn, ended ? SELDOM_MS : EVERY_MS);
  useEffect(() => setEnded(answer !== undefined && answer.end.outcome !== "undecided"), [answer]);
  const end = answer?.end;
  const asked = ballots.value.filter((ballot) => ballot.txn === txn).map(({ node }) => node);
  return (
    <article class="card" data-txn={txn} data-outcome={end?.outcome}>
      <header>
        <span>
          <a href={hrefOf("transactions", txn)}>
            <Text>{txn}</Text>
          </a>{" "}
          <span class="faint">
            <Text>{says}</Text>
          </span>
        </span>
        {end && <span class={`mark ${TONES[end.outcome]}`}>{end.outcome}</span>}
      </header>
      {asked.length > 0 && <p class="faint">{`Not yet heard: ${asked.join(", ")}`}</p>}
      {end && (
        <p>
          <Text most={2000}>{end.sentence}</Text>
        </p>
      )}
      {end?.learned.map((text) => (
        <p key={text} class="faint">
          <Text most={2000}>{text}</Text>
        </p>
      ))}
    </article>
  );
}
