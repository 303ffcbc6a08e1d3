/** Every transaction whose end is not known: for whom it waits, what it locks, and who waits for it. */

import type { ComponentChildren } from "preact";
import type { InDoubtStatus, LockStatus, NodeStatus } from "../../../runtime/api.js";
import type { Doubt } from "../../../runtime/doubt-api.js";
import { ask } from "../live/ask.js";
import { cluster } from "../live/cluster.js";
import { usePolled } from "../live/polled.js";
import { missingFor, PROMISED } from "../live/states.js";
import { many, spanText } from "../parts/amounts.js";
import { KeyText, keyText } from "../parts/key.js";
import { Text } from "../parts/text.js";
import { ForcedList, Forcing } from "./forcing.js";
import { askToRestart } from "./node-actions.js";

/** Younger ones are simply under way. */
const OLD_MS = 1000;
const SHOWN_MOST = 100;
const LOCKS_EVERY_MS = 2000;

/** How many have waited for a while. */
export function oldDoubts(): number {
  return cluster.value?.inDoubt.filter(({ ageMs }) => ageMs >= OLD_MS).length ?? 0;
}

export function DoubtView() {
  const status = cluster.value;
  const { answer } = usePolled(() => ask<{ locks: LockStatus[] }>("v1/locks"), "locks", LOCKS_EVERY_MS);
  const { answer: found, again } = usePolled(() => ask<{ doubts: Doubt[] }>("v1/doubt"), "doubt", LOCKS_EVERY_MS);
  const doubts = found?.doubts ?? [];
  if (!status) return <p class="faint">Asking the cluster…</p>;
  const { inDoubt, nodes, chaos } = status;
  return (
    <section>
      <div class="head">
        <h1>In doubt</h1>
        <p class="faint">{many(inDoubt.length, "transaction")} undecided</p>
      </div>
      {inDoubt.length === 0 && (
        <p class="empty">Every transaction that began has ended: no key is locked, and nobody waits.</p>
      )}
      <ForcedList doubts={doubts.filter(({ forced }) => forced.length > 0)} again={again} />
      {inDoubt.slice(0, SHOWN_MOST).map((doubt) => {
        const known = doubts.find(({ txn, state }) => txn === doubt.txn && state === "undecided");
        const forcing = known && <Forcing doubt={known} again={again} />;
        const shown = { doubt, nodes, locks: answer?.locks ?? [], chaos, forcing };
        return <DoubtCard key={doubt.txn} {...shown} />;
      })}
      {inDoubt.length > SHOWN_MOST && <p class="faint">and {inDoubt.length - SHOWN_MOST} younger ones</p>}
    </section>
  );
}

type DoubtProps = {
  doubt: InDoubtStatus;
  nodes: readonly NodeStatus[];
  locks: readonly LockStatus[];
  chaos: boolean;
  /** What may be done by force. */
  forcing: ComponentChildren;
};

function DoubtCard({ doubt, nodes, locks, chaos, forcing }: DoubtProps) {
  const { txn, ageMs, phases, waitingFor } = doubt;
  const missing = missingFor(doubt, nodes);
  return (
    <article class="card" data-txn={txn}>
      <header>
        <h2>
          <a href={`#/transactions/${encodeURIComponent(txn)}`}>
            <Text>{txn}</Text>
          </a>
        </h2>
        <span class={ageMs >= OLD_MS ? "warn" : "faint"}>for {spanText(ageMs)}</span>
      </header>
      <p>{explain(doubt, missing)}</p>
      <dl>
        <dt>What each log proves</dt>
        <dd class="chips">
          {Object.entries(phases).map(([node, phase]) => (
            <span key={node} class="chip">
              <Text>{node}</Text> <span class="faint">{phase}</span>
            </span>
          ))}
        </dd>
        <dt>Waits for</dt>
        <dd class="chips">
          <Awaited names={waitingFor} missing={missing} chaos={chaos} />
        </dd>
        <dt>Locked</dt>
        <dd class="chips">
          <Locked doubt={doubt} />
        </dd>
        <dt>Who waits</dt>
        <dd>{waitersFor(doubt, nodes, locks)}</dd>
        {forcing && <dt>By force</dt>}
        {forcing && <dd class="chips">{forcing}</dd>}
      </dl>
    </article>
  );
}

type AwaitedProps = { names: readonly string[]; missing: readonly string[]; chaos: boolean };

function Awaited({ names, missing, chaos }: AwaitedProps) {
  if (names.length === 0) return <span class="faint">nobody: it is under way</span>;
  return (
    <>
      {names.map((node) => (
        <span key={node} class="chip">
          <Text>{node}</Text>{" "}
          <span class={missing.includes(node) ? "bad" : "good"}>{missing.includes(node) ? "is away" : "is up"}</span>
        </span>
      ))}
      {chaos &&
        missing.map((node) => (
          <button key={node} type="button" onClick={() => askToRestart(node)}>
            Restart {node}
          </button>
        ))}
    </>
  );
}

function Locked({ doubt: { keys, files = [] } }: { doubt: InDoubtStatus }) {
  if (keys.length + files.length === 0) return <span class="faint">nothing that is known here</span>;
  return (
    <>
      {keys.slice(0, SHOWN_MOST).map((key) => (
        <span key={keyText(key)} class="chip">
          <KeyText of={key} />
        </span>
      ))}
      {files.slice(0, SHOWN_MOST).map((path) => (
        <span key={path} class="chip">
          <span class="faint">file</span> <Text>{path}</Text>
        </span>
      ))}
    </>
  );
}

/** Why nobody decides, in one sentence. */
function explain({ phases, waitingFor }: InDoubtStatus, missing: readonly string[]): string {
  const promised = Object.entries(phases)
    .filter(([, phase]) => PROMISED.has(phase))
    .map(([node]) => node);
  if (missing.length > 0 && promised.length > 0) {
    const have = promised.length === 1 ? "has" : "have";
    const away = missing.length === 1 ? "is" : "are";
    return (
      `${promised.join(", ")} ${have} voted yes, which is a promise: to decide alone could contradict ` +
      `${missing.join(" and ")}, who may have decided and ${away} away.`
    );
  }
  if (missing.length > 0) return `It ends when ${missing.join(" and ")} can be asked.`;
  return waitingFor.length > 0 ? "All that it waits for run: it is about to end." : "It is under way.";
}

/** Readers wait for it; writers are refused at once and wait for nobody. */
function waitersFor({ txn }: InDoubtStatus, nodes: readonly NodeStatus[], locks: readonly LockStatus[]): string {
  const holders = new Set(locks.filter((lock) => lock.txn === txn).map(({ node }) => node));
  const waiting = nodes.filter(({ id, details }) => holders.has(id) && (details?.readers ?? 0) > 0);
  const readers = waiting.map(({ id, details }) => `${many(details?.readers ?? 0, "reader")} at ${id}`);
  const writers = "whoever wants to write there is refused at once";
  return readers.length > 0 ? `${readers.join(", ")}; ${writers}.` : `No reader; ${writers}.`;
}
