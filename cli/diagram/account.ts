/** What a transaction cost, beside what the theory says, and how long each part of it took. */

import type { NodeId, ProtocolName } from "../../actors/transaction.js";
import { CLIENT, type Order, type Point } from "./causality.js";
import { type Formula, formulaOf } from "./theory.js";

/**
 * The longest chain of messages: until its client can be told, and until nobody has anything to say any more. `toAnswer`
 * is 0 when no chain led to the answer: whoever told it had read it in its log after a crash.
 */
export type Rounds = { toAnswer: number; inAll: number };

export type Costs = {
  protocol: ProtocolName;
  /** Between nodes. */
  messages: number;
  forcedWrites: number;
  rounds: Rounds;
  /** Only where one applies: all wrote, and the coordinator holds no data. */
  formula?: Formula;
  /** Somebody crashed meanwhile, so it may have cost more or less than the formula says. */
  disturbed: boolean;
  /** One after the other, in milliseconds. */
  spans: { name: string; ms: number }[];
};

export function accountOf(order: Order): Costs {
  const { trace, passages, points } = order;
  const { participants, refusing, readers, protocol, coordinator } = castOf(order);
  const isPlain =
    trace.source === "journal" && readers === 0 && participants.length > 0 && !participants.includes(coordinator ?? "");
  return {
    protocol,
    messages: passages.filter(({ source, target }) => source !== CLIENT && target !== CLIENT).length,
    forcedWrites: trace.steps.reduce((sum, { records }) => sum + records.filter(({ forced }) => forced).length, 0),
    rounds: roundsOf(order),
    ...(isPlain && { formula: formulaOf(protocol, participants.length, refusing) }),
    disturbed: points.some(({ life }) => life !== undefined && life.state !== "up"),
    spans: spansOf(order),
  };
}

export type Cast = {
  protocol: ProtocolName;
  coordinator: NodeId | undefined;
  participants: readonly NodeId[];
  yes: NodeId[];
  no: NodeId[];
  /** How many voted no, and how many only read. */
  refusing: number;
  readers: number;
};

/** Who took part, and how they voted. */
export function castOf({ passages, trace }: Order): Cast {
  const begin = passages.find(({ body }) => body.kind === "begin");
  const prepare = passages.find(({ body }) => body.kind === "prepare");
  const records = trace.steps.flatMap(({ records }) => records.map(({ record }) => record));
  const promise = records.find(({ kind }) => kind === "prepared");
  const participants =
    (prepare?.body.kind === "prepare" && prepare.body.participants) ||
    (promise?.kind === "prepared" && promise.participants) ||
    [];
  const protocol =
    (prepare?.body.kind === "prepare" && prepare.body.protocol) ||
    (begin?.body.kind === "begin" && begin.body.protocol) ||
    (promise?.kind === "prepared" && promise.membership ? "3pc" : "2pc");
  const cast: Cast = {
    protocol,
    coordinator: begin?.target ?? prepare?.source ?? (promise?.kind === "prepared" ? promise.coordinator : undefined),
    participants,
    yes: [],
    no: [],
    refusing: 0,
    readers: 0,
  };
  for (const { body, source } of passages) if (body.kind === "vote") count(body.vote, source, cast);
  return cast;
}

function count(vote: "yes" | "no" | "read", source: NodeId, cast: Cast): void {
  if (cast.yes.includes(source) || cast.no.includes(source)) return;
  if (vote === "yes") cast.yes.push(source);
  else if (vote === "no") cast.no.push(source);
  if (vote === "no") cast.refusing += 1;
  if (vote === "read") cast.readers += 1;
}

/** Until the votes were in and the decision stood, until the client was told, until all was done. */
function spansOf({ points, passages }: Order): Costs["spans"] {
  const turns = points.filter(({ step }) => step !== undefined);
  const begins = turns[0];
  const last = turns.at(-1);
  if (!begins || !last) return [];
  const wrote = (kinds: readonly string[]) =>
    turns.find(({ step }) => step?.records.some(({ record }) => kinds.includes(record.kind)));
  const agreed = passages.find(({ body }) => body.kind === "precommit")?.leaves;
  const decided = wrote(["decided", "concluded"]);
  const told = passages.find(({ body }) => body.kind === "outcome")?.leaves;
  const named: [string, Point | undefined][] = [
    ["voting", agreed ?? decided ?? told],
    ["pre-committing", agreed && decided],
    ["telling the client", decided && told],
    ["telling everybody", decided && last],
  ];
  let since = begins.at;
  return named.flatMap(([name, until]) => {
    if (!until) return [];
    const ms = Math.max(0, until.at - since);
    since = Math.max(since, until.at);
    return [{ name, ms }];
  });
}

/** Message delays from the first turn on: a message comes one after the latest of those that its turn took. */
function roundsOf({ passages }: Order): Rounds {
  const depths = new Map<Point, number>();
  const depthOf = (point: Point) => depths.get(point) ?? 0;
  const said = passages
    .filter(({ source }) => source !== CLIENT)
    .sort((one, other) => one.leaves.row - other.leaves.row);
  for (const { leaves, arrives } of said) {
    if (arrives) depths.set(arrives, Math.max(depthOf(arrives), depthOf(leaves) + 1));
  }
  const answers = said.filter(({ body }) => body.kind === "outcome").map(({ leaves }) => depthOf(leaves));
  const rounds = said.filter(({ target }) => target !== CLIENT).map(({ leaves }) => depthOf(leaves) + 1);
  return { toAnswer: Math.max(0, ...answers), inAll: Math.max(0, ...rounds) };
}
