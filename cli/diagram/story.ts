/** How a transaction ended and why, in one sentence, and what nodes learned from each other when somebody was missing. */

import { isEnd } from "../../actors/record.js";
import type { Why as CoreWhy, Outcome } from "../../actors/transaction.js";
import { explain, type Why } from "../../runtime/errors.js";
import { shownWhy } from "../../runtime/shown.js";
import { type Cast, castOf } from "./account.js";
import { CLIENT, type Order } from "./causality.js";

export type End = {
  outcome: Outcome | "undecided";
  sentence: string;
  why?: Why;
  /** The transaction that held what this one wanted. */
  winner?: string;
  /** Whether nodes that promised to commit cannot know the outcome, because their coordinator is down. */
  blocked: boolean;
  /** What nodes said of it to each other without their coordinator, each thing once. */
  learned: string[];
};

export function endOf(order: Order): End {
  const cast = castOf(order);
  const { outcome, why } = outcomeIn(order);
  const shown = why && shownWhy(why);
  const waits = waitsFor(order, cast);
  return {
    outcome,
    sentence: waits ? waitingFor(waits, outcome, cast) : sentenceOf(outcome, shown, cast, order),
    blocked: waits !== undefined && cast.protocol === "2pc",
    learned: [...new Set(learnedIn(order, cast))],
    ...(shown && { why: shown }),
    ...(shown?.winner !== undefined && { winner: shown.winner }),
  };
}

function outcomeIn({ trace, passages }: Order): { outcome: End["outcome"]; why?: CoreWhy | undefined } {
  const records = trace.steps.flatMap(({ records }) => records.map(({ record }) => record));
  const ends = records.filter(isEnd);
  const told = passages.flatMap(({ body }) => (body.kind === "outcome" ? [body] : []));
  const decides = passages.flatMap(({ body }) => (body.kind === "decide" ? [body] : []));
  const said = told.flatMap(({ standing }) => {
    return standing.state === "committed" || standing.state === "aborted" ? [standing.state] : [];
  });
  const refusals = told.flatMap(
    ({ standing, refused }) => refused ?? (standing.state === "aborted" ? standing.why : []),
  );
  const reasons = [...ends.flatMap((end) => ("why" in end && end.why ? [end.why] : [])), ...refusals];
  const outcome = ends[0]?.outcome ?? decides[0]?.outcome ?? said[0] ?? "undecided";
  return { outcome, ...(outcome !== "committed" && { why: reasons[0] ?? decides[0]?.why }) };
}

function sentenceOf(outcome: End["outcome"], why: Why | undefined, cast: Cast, order: Order): string {
  if (outcome === "committed") return committed(cast, order);
  if (outcome === "aborted") return `Aborted: ${why ? explain(why) : "no reason is known any more"}.`;
  return undecided(order);
}

function committed({ yes, participants, coordinator = "its coordinator", readers }: Cast, order: Order): string {
  const { trace, points } = order;
  if (trace.source === "logs") return `Committed: it is in the logs of ${listed(trace.steps.map(({ node }) => node))}.`;
  if (participants.length === 0) return "Committed.";
  const read = readers > 0 ? ` (${readers} had only read)` : "";
  if (yes.length === 0) return `Committed: all had only read${coordinator ? `, as ${coordinator} was told` : ""}.`;
  const decider =
    points.find(({ step }) => step?.records.some(({ record }) => "outcome" in record))?.lane ?? coordinator;
  const isOther = decider !== coordinator;
  return `Committed: ${listed(yes)} voted yes${read}, so ${decider}${isOther ? ", who took the lead," : ""} decided to commit.`;
}

function undecided(order: Order): string {
  const promised = promisedIn(order);
  if (promised.length === 0) return "Under way: nobody has promised anything yet.";
  return `Under way: ${listed(promised)} promised to commit, and wait for the decision.`;
}

type Waiting = { nodes: string[]; missing: string };

/** Who promised, runs, and waits for a coordinator that does not. */
function waitsFor(order: Order, { coordinator }: Cast): Waiting | undefined {
  const last = new Map(order.points.flatMap(({ lane, life }) => (life ? [[lane, life.state] as const] : [])));
  const isDown = (node: string) => last.has(node) && last.get(node) !== "up";
  if (coordinator === undefined || !isDown(coordinator)) return undefined;
  const nodes = promisedIn(order).filter((node) => !isDown(node));
  return nodes.length > 0 ? { nodes, missing: coordinator } : undefined;
}

function waitingFor({ nodes, missing }: Waiting, outcome: End["outcome"], { protocol }: Cast): string {
  const wait = `${listed(nodes)} promised to commit and cannot know what ${missing}, which is down, has decided`;
  const known = outcome === "undecided" ? "" : ` (its last records say: ${outcome})`;
  return protocol === "2pc"
    ? `Blocked: ${wait}${known}. Their keys stay locked until ${missing} is back.`
    : `In doubt: ${wait}${known}; they elect another coordinator.`;
}

function promisedIn({ trace }: Order): string[] {
  const nodes = new Set<string>();
  for (const { node, records } of trace.steps) {
    for (const { record } of records) {
      if (record.kind === "prepared") nodes.add(node);
      if (record.kind === "concluded") nodes.delete(node);
    }
  }
  return [...nodes];
}

function learnedIn({ passages }: Order, { coordinator }: Cast): string[] {
  return passages.flatMap(({ body, source, target, arrives }) => {
    if (!arrives || source === CLIENT || target === CLIENT) return [];
    if (body.kind === "inquire" || body.kind === "consult") return [`${target} was asked by ${source}.`];
    if (source === coordinator) return [];
    if (body.kind === "undecided") return [`${source} does not know either, it told ${target}.`];
    if (body.kind === "state-request") return [`${source} took the lead and asked ${target} for its state.`];
    if (body.kind === "decide") return [`${target} learned from ${source} that it is ${body.outcome}.`];
    return [];
  });
}

function listed(names: readonly string[]): string {
  const all = [...new Set(names)].sort();
  return all.length < 2 ? all.join("") : `${all.slice(0, -1).join(", ")} and ${all.at(-1)}`;
}
