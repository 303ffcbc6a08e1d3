/** A traced transaction in one line. */

import type { Message, OutcomeReport } from "../../actors/message.js";
import type { LogRecord } from "../../actors/record.js";
import type { Millis, NodeId, Outcome, ProtocolName, TxnId, Why } from "../../actors/transaction.js";
import { shownLocks, shownWhy } from "../shown.js";
import type { Step, TraceSummary } from "../tracing-api.js";

/** What was found so far, step by step. */
type Findings = {
  protocol: ProtocolName | undefined;
  coordinator: NodeId | undefined;
  outcome: Outcome | undefined;
  why: Why | undefined;
  keys: string[];
  answeredAt: number | undefined;
  /** Who has promised and does not know the outcome. */
  waiting: Set<NodeId>;
};

export function summaryOf(txn: TxnId, steps: readonly Step[], nodes: readonly NodeId[]): TraceSummary {
  const found: Findings = {
    protocol: undefined,
    coordinator: undefined,
    outcome: undefined,
    why: undefined,
    keys: [],
    answeredAt: undefined,
    waiting: new Set(),
  };
  for (const step of steps) note(step, found);
  const instants = steps.map(({ at }) => at).filter((at) => at > 0);
  const startedAt = instants.length > 0 ? Math.min(...instants) : 0;
  const { keys, files } = shownLocks([...new Set(found.keys)]);
  const { protocol = "2pc", coordinator, why, answeredAt, waiting } = found;
  // What only a dead coordinator has decided is not known to anybody.
  const isOpen = answeredAt === undefined && waiting.size > 0;
  const outcome = isOpen ? "undecided" : (found.outcome ?? "undecided");
  return {
    txn,
    protocol,
    outcome,
    keys,
    nodes: [...new Set(steps.map(({ node }) => node))],
    startedAt,
    messages: steps.reduce(
      (sum, { messages }) => sum + messages.filter(({ target }) => nodes.includes(target)).length,
      0,
    ),
    forcedWrites: steps.reduce((sum, { records }) => sum + records.filter(({ forced }) => forced).length, 0),
    ...(coordinator !== undefined && { coordinator }),
    ...(why && { why: shownWhy(why) }),
    ...(files.length > 0 && { files }),
    ...(answeredAt !== undefined && { tookMs: Math.max(0, answeredAt - startedAt) }),
  };
}

function note({ node, at, inputs, records, messages }: Step, found: Findings): void {
  for (const event of inputs) if (event.kind === "message") noteInput(event.body, node, found);
  for (const { record } of records) noteRecord(record, node, found);
  for (const { body } of messages) if (body.kind === "outcome") noteAnswer(body, at, found);
}

function noteRecord(record: LogRecord, node: NodeId, found: Findings): void {
  if (record.kind === "concluded") found.waiting.delete(node);
  if (record.kind === "prepared") {
    found.waiting.add(node);
    found.keys.push(...record.writes.map(({ key }) => key), ...record.reads);
    found.protocol ??= record.membership ? "3pc" : "2pc";
    found.coordinator ??= record.coordinator;
  }
  if ("outcome" in record) found.outcome = record.outcome;
  if ("why" in record) found.why ??= record.why;
}

function noteAnswer({ standing, refused }: OutcomeReport, at: Millis, found: Findings): void {
  found.why ??= refused ?? (standing.state === "aborted" ? standing.why : undefined);
  if (standing.state !== "committed" && standing.state !== "aborted") return;
  found.outcome ??= standing.state;
  found.answeredAt ??= at;
}

function noteInput(body: Message, node: NodeId, found: Findings): void {
  if (body.kind === "begin") found.coordinator ??= node;
  if (body.kind !== "begin" && body.kind !== "prepare") return;
  found.protocol ??= body.protocol;
  found.keys.push(...body.operations.map(({ key }) => key));
}
