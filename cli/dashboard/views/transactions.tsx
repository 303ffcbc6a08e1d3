/** The latest transactions, filtered, as they come; each opens as a picture. */

import { useState } from "preact/hooks";
import { explain } from "../../../runtime/errors.js";
import type { TraceSummary } from "../../../runtime/tracing-api.js";
import { type Filter, type Seen, useTransactions } from "../live/transactions.js";
import { many, spanText } from "../parts/amounts.js";
import { keyText } from "../parts/key.js";
import { Text } from "../parts/text.js";
import { Windowed } from "../parts/windowed.js";
import { hrefOf, refine, route } from "../shell/route.js";
import { Filters } from "./filters.js";
import { TransactionView } from "./transaction.js";

export function TransactionsView({ subject }: { subject: string | undefined }) {
  return subject === undefined ? <List /> : <TransactionView txn={subject} />;
}

function List() {
  const filter: Filter = Object.fromEntries(route.value.query);
  const seen = useTransactions(filter);
  const [held, hold] = useState<Seen["list"]>(undefined);
  const list = held ?? seen.list;
  return (
    <section class="tall">
      <div class="head">
        <h1>Transactions</h1>
        <p class="faint" role="status">
          {list ? many(list.length, "transaction") : "asking…"}
          {seen.share < 1 && `; too many to be looked at: about ${Math.max(1, Math.round(seen.share * 100))} % of all`}
        </p>
        <button type="button" aria-pressed={held !== undefined} onClick={() => hold(held ? undefined : seen.list)}>
          {held ? "Go on" : "Hold"}
        </button>
      </div>
      <Filters filter={filter} change={(changed) => refine({ ...filter, ...changed })} />
      {seen.problem && (
        <p class="notice bad">
          <Text>{seen.problem.message}</Text>
        </p>
      )}
      <Windowed items={list ?? []} rowHeight={matchMedia("(max-width: 900px)").matches ? 64 : 34} row={Row} />
      {list?.length === 0 && <p class="empty">None yet. Write something: put a 1, at the prompt or in Data.</p>}
    </section>
  );
}

const TONES = { committed: "good", aborted: "bad", undecided: "warn" } as const;
const KEYS_SHOWN = 3;

function Row({ txn, outcome, why, keys, files = [], startedAt, tookMs, messages, forcedWrites }: TraceSummary) {
  const names = [...keys.map(keyText), ...files.map((path) => `file ${path}`)];
  const more = names.length > KEYS_SHOWN ? ` and ${names.length - KEYS_SHOWN} more` : "";
  return (
    <a key={txn} class="row" href={hrefOf("transactions", txn)} data-txn={txn}>
      <span class="at faint">{timeText(startedAt)}</span>
      <span class={`mark ${TONES[outcome]}`}>{outcome}</span>
      <span class="clip id">
        <Text>{txn}</Text>
      </span>
      <span class="clip keys">
        <Text>{names.slice(0, KEYS_SHOWN).join(", ") + more}</Text>
      </span>
      <span class="clip reason faint">{why && <Text>{explain(why)}</Text>}</span>
      <span class="number faint">{tookMs === undefined ? "" : spanText(tookMs)}</span>
      <span class="number faint cost">
        {messages} msg, {forcedWrites} forced
      </span>
    </a>
  );
}

const CLOCK = { hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3 } as const;

function timeText(at: number): string {
  return at === 0 ? "" : new Date(at).toLocaleTimeString("en-GB", CLOCK);
}
