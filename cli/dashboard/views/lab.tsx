/** Guided tours on a cluster of their own: each step says what it does, then what was seen, and draws what nodes said. */

import { useState } from "preact/hooks";
import { diagramOf } from "../../diagram/diagram.js";
import type { LabList, LabState } from "../../lab/lab-desk.js";
import type { Taken } from "../../lab/tour.js";
import { ask, part, type Refusal, tell } from "../live/ask.js";
import { usePolled } from "../live/polled.js";
import { Text } from "../parts/text.js";
import { Drawn } from "./transaction.js";

const EVERY_MS = 5000;

export function LabView() {
  const { answer, again } = usePolled(() => ask<LabList>("v1/labs"), "labs", EVERY_MS);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string | undefined>(undefined);
  const act = async (work: () => Promise<unknown>) => {
    setBusy(true);
    setFailure(undefined);
    await work().catch((error: Refusal) => setFailure(error.message));
    setBusy(false);
    again();
  };
  if (!answer) return <p class="faint">Asking which there are…</p>;
  const { running } = answer;
  const go = (step: "next" | "end") => act(() => tell(`v1/labs/${part(running?.id ?? "")}`, "lab", { step }));
  return (
    <section>
      <div class="head">
        <h1>Lab</h1>
        <p class="faint">Each runs on a small cluster of its own, not on yours.</p>
      </div>
      {failure !== undefined && (
        <p class="notice bad" role="alert">
          <Text>{failure}</Text>
        </p>
      )}
      {running ? (
        <Running labs={answer} running={running} busy={busy} go={go} />
      ) : (
        <Choice labs={answer} busy={busy} start={(lab) => act(() => tell("v1/labs", "lab", { lab }))} />
      )}
    </section>
  );
}

function Choice({ labs: { labs }, busy, start }: { labs: LabList; busy: boolean; start(lab: string): void }) {
  return (
    <>
      {labs.map(({ lab, title, about, steps }) => (
        <article key={lab} class="card" data-lab={lab}>
          <header>
            <h2>{title}</h2>
            <button type="button" disabled={busy} onClick={() => start(lab)}>
              Start
            </button>
          </header>
          <p>{about}</p>
          <p class="faint">
            {steps} steps; without a page: <code>ayes lab {lab}</code>
          </p>
        </article>
      ))}
    </>
  );
}

type RunningProps = { labs: LabList; running: LabState; busy: boolean; go(step: "next" | "end"): void };

function Running({ labs: { labs }, running, busy, go }: RunningProps) {
  const { lab, taken, steps, next, over, failed } = running;
  return (
    <article data-running={lab}>
      <h2>{labs.find((one) => one.lab === lab)?.title}</h2>
      {taken.map((step, index) => (
        <Step key={step.say} step={step} number={index + 1} isLast={index === taken.length - 1} />
      ))}
      {next !== undefined && (
        <div class="card" data-next={taken.length + 1}>
          <p>
            <strong>
              {taken.length + 1} of {steps}.
            </strong>{" "}
            {next}
          </p>
        </div>
      )}
      {over && (
        <p class={failed ? "notice bad" : "notice"} role="status">
          {failed ? "Something that was said did not come true: please tell us." : "That was all, and all of it held."}
        </p>
      )}
      <p class="actions">
        <button type="button" disabled={busy && !over} onClick={() => go("end")}>
          {over ? "All labs" : "Leave"}
        </button>
        {!over && (
          <button type="button" class="strong" disabled={busy} onClick={() => go("next")}>
            {busy ? "…" : "Do it"}
          </button>
        )}
      </p>
    </article>
  );
}

/** Only the latest picture is drawn at once: it goes on from the one before. */
function Step({ step, number, isLast }: { step: Taken; number: number; isLast: boolean }) {
  const { say, found, lines, trace } = step;
  return (
    <div class="card" data-step={number}>
      <p>
        <strong>{number}.</strong> {say}
      </p>
      <ul class="claims">
        {found.map(({ that, holds }) => (
          <li key={that} class={holds ? "good" : "bad"}>
            {holds ? "✓" : "✗ this does not hold:"} <Text>{that}</Text>
          </li>
        ))}
      </ul>
      {lines.length > 0 && (
        <pre>
          <Text>{lines.join("\n")}</Text>
        </pre>
      )}
      {trace && (
        <details open={isLast}>
          <summary>What nodes said to each other</summary>
          <Drawn diagram={diagramOf(trace)} />
        </details>
      )}
    </div>
  );
}
