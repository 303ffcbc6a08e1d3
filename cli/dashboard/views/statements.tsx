/** A line for statements of the prompt, and what they answered. */

import { signal } from "@preact/signals";
import { useRef, useState } from "preact/hooks";
import { type Refusal, tell } from "../live/ask.js";
import { hurry } from "../live/cluster.js";
import { Lines } from "../parts/text.js";

type Ran = { number: number; text: string; answer: string; good: boolean };

const REMEMBERED = 50;

/** What was run since the page was opened, oldest first. */
const ran = signal<readonly Ran[]>([]);

export function StatementLine() {
  const [text, setText] = useState("");
  const [busy, setBusy] = useState(false);
  const [back, setBack] = useState(0);
  const field = useRef<HTMLInputElement>(null);
  const run = async (event: Event) => {
    event.preventDefault();
    if (text.trim() === "") return;
    setBusy(true);
    remember(text, await answerTo(text));
    setBusy(false);
    setText("");
    setBack(0);
    hurry();
    field.current?.focus();
  };
  const recall = (event: KeyboardEvent) => {
    const step = event.key === "ArrowUp" ? 1 : event.key === "ArrowDown" ? -1 : 0;
    const place = Math.max(0, Math.min(ran.value.length, back + step));
    if (step === 0) return;
    event.preventDefault();
    setBack(place);
    setText(place === 0 ? "" : (ran.value.at(-place)?.text ?? ""));
  };
  return (
    <>
      <form class="line" onSubmit={run}>
        <input
          ref={field}
          class="mono"
          aria-label="Statements"
          placeholder="put a 1; get a — help shows all"
          autocomplete="off"
          spellcheck={false}
          value={text}
          onInput={({ currentTarget }) => setText(currentTarget.value)}
          onKeyDown={recall}
        />
        <button type="submit" class="strong" disabled={busy}>
          Run
        </button>
      </form>
      <Answers />
    </>
  );
}

function Answers() {
  return (
    <div class="ran" aria-live="polite">
      {ran.value.toReversed().map(({ number, text: typed, answer, good }) => (
        <div key={number} class="answer">
          <Lines class="faint">{`› ${typed}`}</Lines>
          <Lines class={good ? undefined : "bad"}>{answer}</Lines>
        </div>
      ))}
    </div>
  );
}

function remember(text: string, { answer, good }: Omit<Ran, "number" | "text">): void {
  const number = (ran.value.at(-1)?.number ?? 0) + 1;
  ran.value = [...ran.value.slice(1 - REMEMBERED), { number, text, answer, good }];
}

async function answerTo(text: string): Promise<Omit<Ran, "number" | "text">> {
  try {
    const { text: answer, code } = await tell<{ text: string; code: number }>("v1/statements", "statement", { text });
    return { answer: answer.trimEnd(), good: code === 0 };
  } catch (error) {
    const { message, next } = error as Refusal;
    return { answer: `${message}; ${next}`, good: false };
  }
}
