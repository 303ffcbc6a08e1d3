/** Looks on at what nodes tell of their turns: keeps the latest transactions, passes on what happens, and never gets in the way. */

import type { LogRecord } from "../../actors/record.js";
import type { NodeId, TxnId } from "../../actors/transaction.js";
import { AyesError } from "../errors.js";
import type { JournalLine } from "../journal.js";
import type { Entry, Heading, Told } from "../recording/entry.js";
import { Recorder } from "../recording/recorder.js";
import type { Life, Step, Trace, TraceEvent, TraceQuery, TraceSummary, Tracing } from "../tracing-api.js";
import { checkId } from "../validation.js";
import { checkTraceQuery, isMeant } from "./query.js";
import { summaryOf } from "./summary.js";
import { cutLine, partOf, subjectsOf, type Tap } from "./tap.js";

export type TracerOptions = {
  nodes: readonly NodeId[];
  /** Whether to look on while nobody else does, as long as there is little to see. */
  always: boolean;
  /** Wants all of the journal as it is. */
  whole: ((line: JournalLine) => void) | undefined;
  /** Records it from the beginning. */
  record: ((entry: Entry) => void) | undefined;
  heading(): Heading;
  /** How many transactions were begun so far. */
  begun(): number;
  listen(tap: Tap | undefined): void;
  /** What the log of a node says of a transaction; nothing if it is down. */
  records(node: NodeId, txn: TxnId): Promise<readonly LogRecord[]>;
};

/** Kept at most. */
const KEPT_MOST = 5000;
const LIVES_MOST = 1000;
/** For who only wants to see what has just happened. */
const LATELY = 30;
/** Of one transaction, from its beginning and from its end: one that is in doubt goes on asking. */
const STEPS_MOST = 300;
/** So many transactions in a second are all looked at. */
const FEW = 200;
/** Of more, about so many in a second: nobody reads faster, and the others are not slowed down by it. */
const SHOWN = 25;
const PACE_MS = 500;
/** More in one such time are not waited for until it is over. */
const BURST = (FEW * PACE_MS) / 1000;
const AFTERMATH_MS = 100;

export class Tracer implements Tracing {
  readonly #options: TracerOptions;
  readonly #kept = new Map<TxnId, Step[]>();
  #recorder: Recorder | undefined;
  readonly #observers = new Set<(event: TraceEvent) => void>();
  readonly #pacer: NodeJS.Timeout;
  #lives: Life[] = [];
  #begun = 0;
  #pacedAt = performance.now();
  /** New ones that were kept since then. */
  #fresh = 0;
  /** Transactions in a second, lately. */
  #rate = 0;
  #share = 0;

  constructor(options: TracerOptions) {
    this.#options = options;
    this.#pacer = setInterval(() => this.#pace(), PACE_MS).unref();
  }

  /** Nodes that start later are listened to as well. */
  begin(): void {
    const { record, whole, always } = this.#options;
    if (record) this.#begin(record);
    else if (whole) this.#listen();
    this.#take(always || whole ? 1 : 0);
  }

  close(): void {
    clearInterval(this.#pacer);
    this.#observers.clear();
  }

  hear(line: JournalLine): void {
    this.#options.whole?.(line);
    this.#recorder?.line(line);
    if (this.#share === 0) return;
    for (const txn of subjectsOf(line)) {
      const part = partOf(line, (subject) => subject === txn);
      if (part) this.#keep(txn, line.whole ? cutLine(part) : part);
    }
  }

  live(life: Life): void {
    if (this.#lives.push(life) > LIVES_MOST) this.#lives.shift();
    this.#tell({ kind: "life", life });
    this.#recorder?.life(life);
  }

  /** From what a node goes on, for those who record. */
  told(told: Told): void {
    this.#recorder?.told(told);
  }

  /** What befell nodes last. */
  get lately(): Life[] {
    return this.#lives.slice(-LATELY);
  }

  async trace(asked: string): Promise<Trace> {
    const txn = checkId(asked);
    const { nodes } = this.#options;
    const told = this.#kept.get(txn);
    const steps = told ?? (await this.#fromLogs(txn));
    const [first] = steps;
    if (!first) throw new AyesError("not-found", `nothing is known of a transaction ${txn}`);
    const instants = steps.map(({ at }) => at).filter((at) => at > 0);
    // What befalls nodes later is of interest only to who still waits.
    const until =
      summaryOf(txn, steps, nodes).outcome === "undecided" ? Number.POSITIVE_INFINITY : Math.max(...instants);
    const lives = this.#lives.filter(({ at }) => at >= Math.min(...instants) && at <= until + AFTERMATH_MS);
    return { txn, source: told ? "journal" : "logs", nodes, steps: [...steps], lives };
  }

  async traces(query: TraceQuery = {}): Promise<TraceSummary[]> {
    const asked = checkTraceQuery(query);
    const now = Date.now();
    const found: TraceSummary[] = [];
    for (const [txn, steps] of [...this.#kept].reverse()) {
      if (found.length >= asked.limit) break;
      const summary = summaryOf(txn, steps, this.#options.nodes);
      if (isMeant(summary, asked, now)) found.push(summary);
    }
    return found;
  }

  observe(hear: (event: TraceEvent) => void): () => void {
    this.#observers.add(hear);
    this.#adjust();
    hear({ kind: "share", share: this.#share });
    return () => {
      this.#observers.delete(hear);
    };
  }

  record(hear: (entry: Entry) => void): () => void {
    if (this.#recorder) throw new AyesError("invalid", "a recording is under way already; end it first");
    if (this.#options.heading().membership === "up-set") {
      const detail = "the nodes of an up-set can only be recorded from their start: `ayes up --record FILE`";
      throw new AyesError("invalid", detail);
    }
    const recorder = this.#begin(hear);
    return () => {
      if (this.#recorder !== recorder) return;
      this.#recorder = undefined;
      this.#listen();
    };
  }

  #begin(hear: (entry: Entry) => void): Recorder {
    const recorder = new Recorder(hear);
    this.#recorder = recorder;
    hear(this.#options.heading());
    this.#listen();
    return recorder;
  }

  #keep(txn: TxnId, step: Step): void {
    const steps = this.#kept.get(txn);
    if (!steps) this.#welcome(txn, step);
    else if (steps.push(step) > STEPS_MOST) steps.splice(STEPS_MOST / 2, 1);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > KEPT_MOST && oldest !== undefined) this.#kept.delete(oldest);
    this.#tell({ kind: "step", txn, step });
  }

  #welcome(txn: TxnId, step: Step): void {
    this.#kept.set(txn, [step]);
    this.#fresh += 1;
    if (this.#fresh > BURST) this.#pace();
  }

  #tell(event: TraceEvent): void {
    for (const hear of this.#observers) hear(event);
  }

  #pace(): void {
    const [begun, now] = [this.#options.begun(), performance.now()];
    const rate = ((begun - this.#begun) * 1000) / Math.max(1, now - this.#pacedAt);
    // A moment of rest is no end: what comes after it would be shown as a whole.
    this.#rate = Math.max(rate, this.#rate / 2);
    [this.#begun, this.#pacedAt, this.#fresh] = [begun, now, 0];
    this.#adjust();
  }

  /** All of what is little; a share of what is much, and only if somebody looks on. */
  #adjust(): void {
    const isMuch = this.#rate > FEW;
    // Whoever wants the whole journal has paid for it already.
    if (this.#options.whole) this.#take(1);
    else if (this.#observers.size > 0) this.#take(isMuch ? SHOWN / this.#rate : 1);
    else this.#take(this.#options.always && !isMuch ? 1 : 0);
  }

  #take(share: number): void {
    // Not each little change is worth telling all nodes.
    const isNews = share === 0 || share === 1 ? share !== this.#share : Math.abs(share / this.#share - 1) > 0.5;
    if (!isNews) return;
    this.#share = share;
    if (!this.#options.whole && !this.#recorder) this.#listen();
    this.#tell({ kind: "share", share });
  }

  #listen(): void {
    this.#options.listen(this.#tap());
  }

  #tap(): Tap | undefined {
    if (this.#recorder) return "recorded";
    if (this.#options.whole) return "whole";
    return this.#share > 0 ? { share: this.#share } : undefined;
  }

  /** One step for each record: what was durable when is known, what was said is not. */
  async #fromLogs(txn: TxnId): Promise<Step[]> {
    const logs = this.#options.nodes.map(async (node) => {
      const records = await this.#options.records(node, txn);
      return records.map((record, turn): Step => {
        const at = "at" in record ? record.at : 0;
        const nothing = { inputs: [], messages: [], keys: [], flushed: true };
        return cutLine({ node, epoch: 0, turn, at, ...nothing, records: [{ record, forced: true }] });
      });
    });
    return (await Promise.all(logs)).flat();
  }
}
