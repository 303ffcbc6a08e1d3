/** One transaction: its picture, what it cost beside the theory, and why it ended as it did. */

import { useEffect, useState } from "preact/hooks";
import type { Trace } from "../../../runtime/tracing-api.js";
import type { Costs } from "../../diagram/account.js";
import { type Diagram, diagramOf } from "../../diagram/diagram.js";
import { ask, part } from "../live/ask.js";
import { usePolled } from "../live/polled.js";
import { spanText } from "../parts/amounts.js";
import { Text } from "../parts/text.js";
import { hrefOf } from "../shell/route.js";
import { Detail } from "./detail.js";
import { folded } from "./folding.js";
import { type Item, Picture } from "./picture.js";

const EVERY_MS = 1000;
/** Nothing more is expected of it. */
const SELDOM_MS = 20_000;
const AFTERMATH_MS = 5000;

export function TransactionView({ txn }: { txn: string }) {
  const read = async () => diagramOf(await ask<Trace>(`v1/traces/${part(txn)}`));
  const [ended, setEnded] = useState(false);
  const { answer: diagram, problem } = usePolled<Diagram>(read, txn, ended ? SELDOM_MS : EVERY_MS);
  useEffect(() => setEnded(diagram !== undefined && hasEnded(diagram)), [diagram]);
  return (
    <section>
      <div class="head">
        <a href={hrefOf("transactions")}>Transactions</a>
        <h1>
          <Text>{txn}</Text>
        </h1>
      </div>
      {problem && !diagram && (
        <p class="notice bad">
          <Text>{problem.message}</Text>
        </p>
      )}
      {diagram && <Drawn diagram={diagram} />}
    </section>
  );
}

function hasEnded({ end, startedAt, times }: Diagram): boolean {
  return end.outcome !== "undecided" && !end.blocked && Date.now() - startedAt - (times.at(-1) ?? 0) > AFTERMATH_MS;
}

/** The picture with all that belongs to it. */
export function Drawn({ diagram: whole }: { diagram: Diagram }) {
  const [chosen, choose] = useState<Item | undefined>(undefined);
  const [unfolded, unfold] = useState(false);
  const { diagram, gap } = unfolded ? { diagram: whole, gap: undefined } : folded(whole);
  return (
    <>
      <Ending diagram={diagram} />
      <div class="beside">
        <div class="wide drawing">
          <Picture diagram={diagram} gap={gap} chosen={chosen} choose={choose} />
          {(gap || unfolded) && (
            <button type="button" class="quiet" onClick={() => unfold(!unfolded)}>
              {gap ? `Show ${gap.left} more turns of asking` : "Leave out what says nothing new"}
            </button>
          )}
          <Legend />
        </div>
        <aside>
          <Detail item={chosen} diagram={diagram} />
          <Cost costs={diagram.costs} />
        </aside>
      </div>
    </>
  );
}

/** What the signs mean. */
function Legend() {
  return (
    <p class="legend signs faint">
      <span class="sign forced">forced to disk</span>
      <span class="sign noted">noted, not forced</span>
      <span class="sign phase prepared">promised, cannot decide alone</span>
      <span class="sign phase precommitted">pre-committed</span>
      <span class="sign phase committed">committed</span>
      <span class="sign phase aborted">aborted</span>
      <span class="sign lock">keys locked</span>
      <span class="sign lost">lost, or on its way</span>
    </p>
  );
}

const TONES = { committed: "good", aborted: "bad", undecided: "warn" } as const;

function Ending({ diagram: { end, source } }: { diagram: Diagram }) {
  const { outcome, sentence, winner, learned, blocked } = end;
  return (
    <div class="card" data-outcome={outcome}>
      <p class={blocked ? "warn" : TONES[outcome]}>
        <Text>{sentence}</Text>
        {winner !== undefined && (
          <>
            {" "}
            <a href={hrefOf("transactions", winner)}>The one that won</a>
          </>
        )}
      </p>
      {learned.length > 0 && (
        <p class="faint">
          <Text>{learned.slice(0, LEARNED_SHOWN).join(" ")}</Text>
        </p>
      )}
      {source === "logs" && (
        <p class="faint">Nobody looked on while it ran: this is what the logs prove. Messages are not in them.</p>
      )}
    </div>
  );
}

const LEARNED_SHOWN = 8;

function Cost({ costs: { protocol, messages, forcedWrites, rounds, formula, disturbed, spans } }: { costs: Costs }) {
  const without = disturbed ? "undisturbed" : "theory";
  const beside = (count: number, theory: number | undefined, says: string | undefined) => (
    <>
      <b>{count}</b> {theory !== undefined && <span class="faint">{`${without}: ${says} = ${theory}`}</span>}
    </>
  );
  return (
    <div class="card">
      <h2>{protocol === "2pc" ? "Two-phase commit" : "Three-phase commit"}</h2>
      <dl>
        <dt>Messages</dt>
        <dd>{beside(messages, formula?.messages, formula?.says.messages)}</dd>
        <dt>Forced writes</dt>
        <dd>{beside(forcedWrites, formula?.forcedWrites, formula?.says.forcedWrites)}</dd>
        <dt>Message delays</dt>
        <dd>
          {rounds.toAnswer > 0 && (
            <>
              <b>{rounds.toAnswer}</b> to the answer,{" "}
            </>
          )}
          {rounds.inAll} in all
        </dd>
        {spans.map(({ name, ms }) => (
          <>
            <dt>{name}</dt>
            <dd>{spanText(ms)}</dd>
          </>
        ))}
      </dl>
    </div>
  );
}
