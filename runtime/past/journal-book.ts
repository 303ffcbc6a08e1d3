/** All transactions of a recording, with every turn that was about them. */

import type { NodeId, TxnId } from "../../actors/transaction.js";
import { AyesError } from "../errors.js";
import type { JournalLine } from "../journal.js";
import type { Entry } from "../recording/entry.js";
import { checkTraceQuery, isMeant } from "../tracing/query.js";
import { summaryOf } from "../tracing/summary.js";
import { cutLine, partOf, subjectsOf } from "../tracing/tap.js";
import type { Life, Step, Trace, TraceQuery, TraceSummary } from "../tracing-api.js";
import { checkId } from "../validation.js";

export class JournalBook {
  readonly #nodes: readonly NodeId[];
  readonly #lines = new Map<TxnId, JournalLine[]>();
  readonly #lives: Life[] = [];

  constructor(nodes: readonly NodeId[], entries: readonly Entry[]) {
    this.#nodes = nodes;
    for (const entry of entries) {
      if (entry.kind === "life") this.#lives.push(entry.life);
      if (entry.kind !== "turn") continue;
      for (const txn of subjectsOf(entry.line)) {
        const lines = this.#lines.get(txn);
        if (lines) lines.push(entry.line);
        else this.#lines.set(txn, [entry.line]);
      }
    }
  }

  /** Newest first. */
  list(query: TraceQuery = {}): TraceSummary[] {
    const asked = checkTraceQuery(query);
    const found: TraceSummary[] = [];
    for (const txn of [...this.#lines.keys()].reverse()) {
      if (found.length >= asked.limit) break;
      const summary = summaryOf(txn, this.#steps(txn), this.#nodes);
      if (isMeant(summary, asked, Date.now())) found.push(summary);
    }
    return found;
  }

  trace(asked: string): Trace {
    const txn = checkId(asked);
    const steps = this.#steps(txn);
    if (steps.length === 0) throw new AyesError("not-found", `no transaction ${txn} was recorded`);
    const [first, last] = [Math.min(...steps.map(({ at }) => at)), Math.max(...steps.map(({ at }) => at))];
    const lives = this.#lives.filter(({ at }) => at >= first && at <= last);
    return { txn, source: "journal", nodes: this.#nodes, steps, lives };
  }

  #steps(txn: TxnId): Step[] {
    const lines = this.#lines.get(txn) ?? [];
    return lines.flatMap((line) => {
      const part = partOf(line, (subject) => subject === txn);
      return part ? [cutLine(part)] : [];
    });
  }
}
