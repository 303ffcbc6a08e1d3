/** What a person may force upon a transaction in doubt, with the reason typed; and where what was forced was wrong. */

import { useState } from "preact/hooks";
import type { Doubt, ForcedOutcome, Order } from "../../../runtime/doubt-api.js";
import { part, tell } from "../live/ask.js";
import { confirm } from "../parts/confirm.js";
import { Text } from "../parts/text.js";

const ORDERS: readonly Order[] = ["commit", "abort"];
const REASON_MOST = 1000;

/** What the logs say of forcing it: buttons for what contradicts none, and why there is no other. */
export function Forcing({ doubt, again }: { doubt: Doubt; again(): void }) {
  const { objections } = doubt;
  const reasons = [...new Set(ORDERS.flatMap((order) => objections[order] ?? []))];
  return (
    <>
      {ORDERS.filter((order) => objections[order] === undefined).map((order) => (
        <button key={order} type="button" class="danger" onClick={() => askToForce(doubt, order, again)}>
          Force {order}
        </button>
      ))}
      {reasons.map((reason) => (
        <span key={reason} class="faint">
          {objections.commit === objections.abort ? "Nothing" : objections.commit === reason ? "No commit" : "No abort"}{" "}
          can be forced: <Text>{reason}</Text>.
        </span>
      ))}
    </>
  );
}

function askToForce(doubt: Doubt, order: Order, again: () => void): void {
  let reason = "";
  const away = doubt.logs.filter(({ isUp }) => !isUp).map(({ node }) => node);
  confirm({
    title: `Force ${doubt.txn} to ${order}?`,
    body: (
      <>
        <p>
          No log that can be read speaks against it. But {away.join(" and ") || "somebody"} may have decided otherwise:
          then nodes hold different data, and this page says so until somebody has seen it.
        </p>
        <Reason
          say={(text) => {
            reason = text;
          }}
        />
      </>
    ),
    yes: `Force ${order}`,
    act: async () => {
      await tell(`v1/doubt/${part(doubt.txn)}`, "doubt", { order, reason });
      again();
    },
  });
}

function Reason({ say }: { say(text: string): void }) {
  const [text, setText] = useState("");
  const type = (typed: string) => {
    setText(typed);
    say(typed);
  };
  return (
    <label>
      Why? It stays in the logs.{" "}
      <input
        type="text"
        name="reason"
        required
        maxLength={REASON_MOST}
        pattern=".*\S.*"
        value={text}
        onInput={({ currentTarget }) => type(currentTarget.value)}
      />
    </label>
  );
}

/** Transactions upon which something was forced that is not known to be right. */
export function ForcedList({ doubts, again }: { doubts: readonly Doubt[]; again(): void }) {
  return (
    <>
      {doubts.map((doubt) => (
        <article key={doubt.txn} class="card" data-forced={doubt.txn}>
          <header>
            <h2>
              <a href={`#/transactions/${part(doubt.txn)}`}>
                <Text>{doubt.txn}</Text>
              </a>
            </h2>
            <span class={doubt.state === "mismatch" ? "bad" : "warn"}>
              {doubt.state === "mismatch" ? "Heuristic mismatch" : "Forced; the real outcome is not known yet"}
            </span>
          </header>
          <ul>
            {doubt.forced.map((forced) => (
              <li key={forced.node}>
                <Sentence forced={forced} />
              </li>
            ))}
          </ul>
          {doubt.state === "mismatch" && (
            <p class="actions">
              <button type="button" onClick={() => askToForget(doubt, again)}>
                I have seen to the data
              </button>
            </p>
          )}
        </article>
      ))}
    </>
  );
}

function Sentence({ forced: { node, outcome, by, at, reason, real } }: { forced: ForcedOutcome }) {
  return (
    <>
      <Text>{node}</Text>: {outcome} by force of <Text>{by}</Text>, {new Date(at).toLocaleString()}: “
      <Text>{reason}</Text>”{real !== undefined && <strong class="bad"> It really is {real}.</strong>}
    </>
  );
}

function askToForget(doubt: Doubt, again: () => void): void {
  const wrong = doubt.forced.filter(({ real }) => real !== undefined).map(({ node }) => node);
  confirm({
    title: `Is the data of ${wrong.join(" and ")} as it should be?`,
    body: <p>What was forced upon them was wrong. From now on nobody will be told of it.</p>,
    yes: "It is",
    act: async () => {
      await tell(`v1/doubt/${part(doubt.txn)}`, "doubt", { order: "forget" });
      again();
    },
  });
}
