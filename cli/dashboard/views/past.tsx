/** A cluster that does not run, step by step: a slider through its commits or turns, with nodes, locks and values. */

import { useEffect, useState } from "preact/hooks";
import type { Key } from "../../../runtime/api.js";
import type { Past, PastLock, PastMoment, PastNode, PastValue } from "../../../runtime/past/past-api.js";
import { ask, type Refusal } from "../live/ask.js";
import { many } from "../parts/amounts.js";
import { keyText, type Shown, valueText } from "../parts/key.js";
import { Text } from "../parts/text.js";
import { hrefOf, refine, route } from "../shell/route.js";
import { PastDoubts, Transaction } from "./past-doubts.js";

type Asked = { step: string; prefix?: string; replica?: string };
type Answer<Found> = { found: Found | undefined; problem: Refusal | undefined };

/** Asked once for each question: nothing changes any more. */
function useAnswer<Found>(path: string, query: Record<string, string | undefined>, wanted: boolean): Answer<Found> {
  const [answer, setAnswer] = useState<Answer<Found>>({ found: undefined, problem: undefined });
  const about = JSON.stringify([path, query, wanted]);
  useEffect(() => {
    let over = false;
    const take = (change: Partial<Answer<Found>>) => !over && setAnswer((before) => ({ ...before, ...change }));
    const problem = (error: Refusal) => take({ problem: error });
    if (wanted) void ask<Found>(path, query).then((found) => take({ found, problem: undefined }), problem);
    return () => {
      over = true;
    };
  }, [about]);
  return answer;
}

export function PastView() {
  const { found: past, problem } = useAnswer<Past>("v1/past", {}, true);
  const { query } = route.value;
  const step = query.get("step") ?? String(past?.steps ?? 0);
  const asked: Asked = { step, ...Object.fromEntries(query) };
  const change = (changed: Record<string, string>) => refine({ ...asked, ...changed });
  const moment = useAnswer<PastMoment>("v1/past/step", asked, past !== undefined);
  const refusal = problem ?? moment.problem;
  return (
    <section>
      <div class="head">
        <h1>History</h1>
        {past && <p class="faint">{spanText(past)}</p>}
      </div>
      {refusal && (
        <p class="notice bad">
          <Text>{refusal.message}</Text>
        </p>
      )}
      {past && <Slider past={past} step={Number(step)} go={(to) => change({ step: String(to) })} />}
      {past && moment.found && <Moment past={past} moment={moment.found} asked={asked} change={change} />}
    </section>
  );
}

function spanText({ source, steps, first, last, complete }: Past): string {
  if (source === "recording") return `${many(steps, "turn")}, recorded`;
  const span = `${many(steps, "commit")}, positions ${first} to ${last}`;
  return complete ? `${span}: all there ever were` : `${span}: what is still known`;
}

function Slider({ past, step, go }: { past: Past; step: number; go(step: number): void }) {
  const unit = past.source === "logs" ? "commit" : "turn";
  return (
    <p class="slider">
      <button type="button" disabled={step <= 0} onClick={() => go(step - 1)} aria-label={`One ${unit} back`}>
        ◀
      </button>
      <input
        type="range"
        min={0}
        max={past.steps}
        value={step}
        aria-label={`After how many ${unit}s`}
        onInput={({ currentTarget }) => go(Number(currentTarget.value))}
      />
      <button type="button" disabled={step >= past.steps} onClick={() => go(step + 1)} aria-label={`One ${unit} on`}>
        ▶
      </button>
      <output>
        {unit} {step} of {past.steps}
      </output>
    </p>
  );
}

type MomentProps = { past: Past; moment: PastMoment; asked: Asked; change(changed: Record<string, string>): void };

function Moment({ past, moment, asked, change }: MomentProps) {
  const { event, nodes, locks, inDoubt } = moment;
  return (
    <>
      <p class="event" role="status">
        {event ? <Text>{event.text}</Text> : "Before the first one."}
        {event?.txn !== undefined && <a href={hrefOf("transactions", event.txn)}> its trace</a>}
      </p>
      <Nodes nodes={nodes} />
      {inDoubt && <PastDoubts doubts={inDoubt} />}
      {locks ? <Locks locks={locks} /> : <p class="faint">Which keys were locked here, no log remembers.</p>}
      <Values past={past} moment={moment} asked={asked} change={change} />
    </>
  );
}

function Nodes({ nodes }: { nodes: readonly PastNode[] }) {
  return (
    <ul class="past-nodes">
      {nodes.map(({ id, role, state, problems, epoch, turn, position, lacks = 0, locks = 0 }) => (
        <li key={id} class="card">
          <strong>{id}</strong> <span class="faint">{role}</span>{" "}
          <span class={`mark ${state === "whole" || state === "up" ? "good" : "bad"}`}>{state}</span>
          <p class="faint">
            {[
              epoch !== undefined && `incarnation ${epoch}`,
              turn !== undefined && `turn ${turn}`,
              position !== undefined && `position ${position}`,
              locks > 0 && `${many(locks, "locked key")}`,
            ]
              .filter(Boolean)
              .join(", ")}
          </p>
          {lacks > 0 && <p class="warn">lacks {many(lacks, "commit")} that others have</p>}
          {problems.map((problem) => (
            <p key={problem} class="bad">
              <Text>{problem}</Text>
            </p>
          ))}
        </li>
      ))}
    </ul>
  );
}

function Locks({ locks }: { locks: readonly PastLock[] }) {
  if (locks.length === 0) return <p class="faint">No key is locked.</p>;
  const named = (keys: readonly Key[]) => keys.map(keyText).join(", ");
  return (
    <ul class="past-locks">
      {locks.map(({ node, txn, writes, reads }) => (
        <li key={`${node} ${txn}`}>
          {node}: <Transaction id={txn} /> locks <Text>{named([...writes, ...reads])}</Text>
        </li>
      ))}
    </ul>
  );
}

function Values({ past, moment: { values, next }, asked, change }: MomentProps) {
  const replicas = past.nodes.filter(({ role }) => role !== "coordinator");
  return (
    <>
      <p class="filters">
        <input
          type="search"
          placeholder="keys that begin with"
          aria-label="Only keys that begin with"
          value={asked.prefix ?? ""}
          onInput={({ currentTarget }) => change({ prefix: currentTarget.value })}
        />
        {past.source === "recording" &&
          replicas.map(({ id }, index) => (
            <button
              type="button"
              key={id}
              aria-pressed={(asked.replica ?? replicas[0]?.id) === id}
              onClick={() => change({ replica: index === 0 ? "" : id })}
            >
              {id}
            </button>
          ))}
      </p>
      <div class="wide">
        <table class="compared">
          <tbody>
            {values.map((value) => (
              <ValueRow key={keyText(value.key)} of={value} />
            ))}
          </tbody>
        </table>
      </div>
      {values.length === 0 && <p class="empty">No keys.</p>}
      {next !== undefined && <p class="faint">There are more keys: type how they begin.</p>}
    </>
  );
}

function ValueRow({ of }: { of: PastValue }) {
  return (
    <tr>
      <th scope="row">
        <Text most={200}>{keyText(of.key)}</Text>
      </th>
      <td>
        {of.state === "present" && <Text most={160}>{valueText(of as Shown)}</Text>}
        {of.state === "absent" && <span class="faint">not there</span>}
        {of.state === "unknown" && <span class="warn">not known any more</span>}
      </td>
      <td class="faint">{of.state === "present" && <Transaction id={of.version} />}</td>
    </tr>
  );
}
