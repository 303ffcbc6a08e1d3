/** A text that all shall vote on, what became of those proposed here, and what has been adopted. */

import { signal } from "@preact/signals";
import { useState } from "preact/hooks";
import { ask, Refusal, tell } from "../live/ask.js";
import { usePolled } from "../live/polled.js";
import { valueText } from "../parts/key.js";
import { Text } from "../parts/text.js";
import { EndOf } from "./end.js";

/** Where proposals are kept. */
const PREFIX = "proposals/";
const REMEMBERED = 10;
const ADOPTED_EVERY_MS = 2000;
const PATIENCES = { "20 s": 20_000, "1 min": 60_000, "5 min": 300_000, "10 min": 600_000 } as const;

type Proposal = { txn: string; name: string };

/** Those of this page, newest first. */
const proposed = signal<readonly Proposal[]>([]);

export function ProposalForm() {
  const [text, setText] = useState("");
  const [name, setName] = useState("");
  const [deadlineMs, setDeadline] = useState<number>(PATIENCES["1 min"]);
  const [problem, setProblem] = useState<Refusal | undefined>(undefined);
  const submit = (event: Event) => {
    event.preventDefault();
    propose(text, name.trim(), deadlineMs, setProblem);
    setText("");
    setName("");
  };
  return (
    <form onSubmit={submit}>
      <p class="line">
        <Field label="Text to be voted on" hint="Shall we…?" value={text} change={setText} required />
        <button type="submit" class="strong">
          Propose
        </button>
      </p>
      <p class="filters">
        <span class="faint">under the name</span>
        <Field label="under the name" hint="one of its own" value={name} change={setName} />
        <label>
          <span class="faint">everybody has</span>
          <select value={deadlineMs} onChange={({ currentTarget }) => setDeadline(Number(currentTarget.value))}>
            {Object.entries(PATIENCES).map(([span, ms]) => (
              <option key={ms} value={ms}>
                {span}
              </option>
            ))}
          </select>
        </label>
      </p>
      {problem && (
        <p class="notice bad" role="alert">
          <Text>{`${problem.message}; ${problem.next}`}</Text>
        </p>
      )}
    </form>
  );
}

type FieldProps = { label: string; hint: string; value: string; change(value: string): void; required?: boolean };

function Field({ label, hint, value, change, required = false }: FieldProps) {
  return (
    <input
      aria-label={label}
      placeholder={hint}
      required={required}
      value={value}
      onInput={({ currentTarget }) => change(currentTarget.value)}
    />
  );
}

type Tell = (problem: Refusal | undefined) => void;

/** It takes as long as people do: its end is asked for by its id, whatever becomes of this request. */
function propose(text: string, given: string, deadlineMs: number, setProblem: Tell): void {
  const id = crypto.randomUUID();
  const name = given || id.slice(0, 8);
  setProblem(undefined);
  proposed.value = [{ txn: id, name }, ...proposed.value].slice(0, REMEMBERED);
  const operations = [{ op: "put", key: `${PREFIX}${name}`, value: text }];
  void tell("v1/transactions", "transaction", { id, deadlineMs, operations }).catch((error: unknown) => {
    if (error instanceof Refusal && (error.code === "invalid" || error.code === "too-large")) setProblem(error);
  });
}

export function Proposals() {
  return (
    <>
      {proposed.value.map(({ txn, name }) => (
        <EndOf key={txn} txn={txn} says={`proposed as ${name}`} />
      ))}
    </>
  );
}

type Page = { entries: { key: unknown; value?: unknown; bytes?: string }[] };

/** What all have committed, which is there again after a restart. */
export function Adopted() {
  const read = () => ask<Page>("v1/scan", { prefix: PREFIX, read: "committed" });
  const { answer } = usePolled(read, "adopted", ADOPTED_EVERY_MS);
  const entries = answer?.entries ?? [];
  return (
    <>
      <h2>Committed</h2>
      {entries.length === 0 && <p class="faint">Nothing yet.</p>}
      {entries.length > 0 && (
        <div class="wide narrow">
          <table class="adopted">
            <tbody>
              {entries.map(({ key, ...shown }) => (
                <tr key={String(key)}>
                  <th scope="row">
                    <Text>{String(key).slice(PREFIX.length)}</Text>
                  </th>
                  <td>
                    <Text>{typeof shown.value === "string" ? shown.value : valueText(shown)}</Text>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  );
}
