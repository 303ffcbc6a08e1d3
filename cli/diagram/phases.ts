/** What each node knew of a transaction, and which keys it kept for it, from when to when. */

import type { LogRecord } from "../../actors/record.js";
import { keyText } from "../../runtime/journal-text.js";
import type { Order, Point } from "./causality.js";
import type { LockBar, PhaseName, PhaseSpan } from "./diagram.js";

type Turning = { row: number; phase: PhaseName };

export function phasesOf({ points, trace }: Order): PhaseSpan[] {
  return trace.nodes.flatMap((lane) => {
    const own = points.filter((point) => point.lane === lane);
    const turnings = own.flatMap(turningsAt).filter(({ phase }, index, all) => phase !== all[index - 1]?.phase);
    return turnings.map(({ row, phase }, index): PhaseSpan => {
      return { lane, phase, begins: row, ends: turnings[index + 1]?.row ?? points.length - 1 };
    });
  });
}

function turningsAt({ row, step }: Point): Turning[] {
  if (!step) return [];
  const begins = step.inputs.some(({ kind, ...event }) => {
    return kind === "message" && "body" in event && ["begin", "prepare"].includes(event.body.kind);
  });
  const phases = step.records.flatMap(({ record }) => phaseAfter(record) ?? []);
  return [...(begins ? ["working" as const] : []), ...phases].map((phase) => ({ row, phase }));
}

function phaseAfter(record: LogRecord): PhaseName | undefined {
  switch (record.kind) {
    case "prepared":
    case "precommitted":
    case "ended":
      return record.kind;
    case "decided":
    case "concluded":
      return record.outcome;
    default:
      return undefined;
  }
}

/** From the promise to its end. A crash does not let go of them: the replay takes them again. */
export function locksOf({ points, trace }: Order): LockBar[] {
  return trace.nodes.flatMap((lane) => {
    const bars: LockBar[] = [];
    for (const { row, step } of points.filter((point) => point.lane === lane)) {
      for (const { record } of step?.records ?? []) {
        const open = bars.at(-1);
        if (record.kind === "prepared") {
          const keys = [...record.writes.map(({ key }) => key), ...record.reads].map(keyText);
          bars.push({ lane, keys, begins: row, ends: points.length - 1 });
        } else if (record.kind === "concluded" && open) open.ends = row;
      }
    }
    return bars;
  });
}
