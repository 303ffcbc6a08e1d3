/** An answer that is asked for again and again while somebody looks at the view that needs it. */

import { useEffect, useRef, useState } from "preact/hooks";
import type { Refusal } from "./ask.js";

export type Polled<Answer> = { answer: Answer | undefined; problem: Refusal | undefined; again(): void };

/** What `asked` answers, asked for at once, whenever `about` changes, and every so often. */
export function usePolled<Answer>(asked: () => Promise<Answer>, about: string, everyMs: number): Polled<Answer> {
  const [answer, setAnswer] = useState<Answer | undefined>(undefined);
  const [problem, setProblem] = useState<Refusal | undefined>(undefined);
  const latest = useRef(asked);
  const wake = useRef<() => void>(() => undefined);
  latest.current = asked;
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let over = false;
    const look = async () => {
      clearTimeout(timer);
      if (!document.hidden) {
        await latest.current().then(
          (found) => {
            if (over) return;
            setAnswer(() => found);
            setProblem(undefined);
          },
          (error: Refusal) => !over && setProblem(error),
        );
      }
      clearTimeout(timer);
      if (!over) timer = setTimeout(look, everyMs);
    };
    wake.current = () => void look();
    void look();
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [about, everyMs]);
  return { answer, problem, again: () => wake.current() };
}
