/** One request to a person, with its contents and a countdown; and what became of what was said. */

import { useState } from "preact/hooks";
import type { Cast } from "../../../runtime/ballot-api.js";
import type { Refusal } from "../live/ask.js";
import { type Ballot, cast, type Entry, said } from "../live/ballots.js";
import { Lines, Text } from "../parts/text.js";
import { hrefOf } from "../shell/route.js";
import { EndOf } from "./end.js";

const SOON_MS = 10_000;

export function BallotCard({ ballot }: { ballot: Ballot }) {
  const { txn, node, leftMs, askedAt, deadlineAt } = ballot;
  const [reason, setReason] = useState("");
  const [problem, setProblem] = useState<Refusal | undefined>(undefined);
  const vote = (choice: Cast["vote"]) => {
    void cast(node, txn, choice, choice === "abort" ? reason : "").catch((error: Refusal) => setProblem(error));
  };
  return (
    <article class="card ballot" data-txn={txn}>
      <header>
        <h2>
          <a href={hrefOf("transactions", txn)}>
            <Text>{txn}</Text>
          </a>
        </h2>
        <span class={leftMs < SOON_MS ? "bad" : "faint"} role="timer">
          {Math.ceil(leftMs / 1000)} s left, then it is a no
        </span>
      </header>
      <progress max={deadlineAt - askedAt} value={leftMs} aria-label="Time left" />
      <Contents ballot={ballot} />
      {problem && (
        <p class="bad" role="alert">
          <Text>{problem.message}</Text>
        </p>
      )}
      <div class="filters">
        <button type="button" class="strong" onClick={() => vote("commit")}>
          COMMIT
        </button>
        <button type="button" onClick={() => vote("abort")}>
          ABORT
        </button>
        <input
          class="reason"
          aria-label="Why not"
          placeholder="why not (told to whoever proposed it)"
          maxLength={1000}
          value={reason}
          onInput={({ currentTarget }) => setReason(currentTarget.value)}
        />
      </div>
    </article>
  );
}

/** A text that is put alone is shown as it is; anything else as operations. */
function Contents({ ballot: { operations, checks } }: { ballot: Ballot }) {
  const [only, ...others] = operations;
  if (only && others.length + checks.length === 0 && only.op === "put" && typeof only.value === "string") {
    return (
      <blockquote>
        <Lines class="proposal">{only.value}</Lines>
        <p class="faint">
          as <Text>{nameOf(only)}</Text>
        </p>
      </blockquote>
    );
  }
  return (
    <ul>
      {operations.map((entry) => (
        <li key={nameOf(entry)}>
          <Text>{entryText(entry)}</Text>
        </li>
      ))}
      {checks.map((entry, place) => (
        <li key={`${place}`} class="faint">
          <Text>{`only if ${entryText(entry)}`}</Text>
        </li>
      ))}
    </ul>
  );
}

function nameOf({ key, path }: Entry): string {
  const name = key ?? path;
  return typeof name === "string" ? name : JSON.stringify(name);
}

function entryText({ op, is, key, path, ...rest }: Entry): string {
  const [first, ...others] = Object.values(rest);
  const left = first === undefined ? "" : ` ${JSON.stringify(others.length === 0 ? first : rest)}`;
  const what = key === undefined && path === undefined ? "" : ` ${nameOf({ key, path } as Entry)}`;
  return `${op ?? ""}${what}${is === undefined ? "" : ` ${is}`}${left}`.trim();
}

/** What the person of a node has said here, and how it ended. */
export function Said({ node }: { node: string }) {
  const mine = said.value.filter((vote) => vote.node === node);
  if (mine.length === 0) return null;
  return (
    <>
      <h2>What you said</h2>
      {mine.map(({ txn, vote }) => (
        <EndOf key={txn} txn={txn} says={`you said ${vote.toUpperCase()}`} />
      ))}
    </>
  );
}
