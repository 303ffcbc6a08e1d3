/** Asks once before something is done that cannot be taken back, and says what came of it. */

import { signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Refusal } from "../live/ask.js";
import { Text } from "./text.js";

export type Question = {
  title: string;
  /** What it means, and what else has to be chosen. */
  body: ComponentChildren;
  /** What the button says. */
  yes: string;
  act(): Promise<unknown>;
};

const asked = signal<Question | undefined>(undefined);

/** Asks; what was agreed to is done. */
export function confirm(question: Question): void {
  asked.value = question;
}

/** The question that is open, if any. Escape is no. */
export function Confirmation() {
  const question = asked.value;
  return question ? <Dialog key={question.title} question={question} /> : null;
}

function Dialog({ question: { title, body, yes, act } }: { question: Question }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string | undefined>(undefined);
  useEffect(() => dialog.current?.showModal(), []);
  const close = () => dialog.current?.close();
  const agree = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    try {
      await act();
      close();
    } catch (error) {
      setFailure(error instanceof Refusal ? `${error.message}; ${error.next}` : String(error));
      setBusy(false);
    }
  };
  const closed = () => {
    asked.value = undefined;
  };
  return (
    <dialog ref={dialog} onClose={closed} aria-labelledby="question">
      <form onSubmit={agree}>
        <h2 id="question">{title}</h2>
        {body}
        {failure !== undefined && (
          <p class="notice bad" role="alert">
            <Text>{failure}</Text>
          </p>
        )}
        <p class="actions">
          <button type="button" onClick={close}>
            Cancel
          </button>
          <button type="submit" class="strong" disabled={busy}>
            {busy ? "…" : yes}
          </button>
        </p>
      </form>
    </dialog>
  );
}
