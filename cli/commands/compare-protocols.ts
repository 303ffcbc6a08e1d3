/** `ayes compare-protocols`: what each protocol costs, and what it does when its coordinator dies, measured. */

import {
  type Costs,
  type Latency,
  measureCosts,
  measureLatency,
  type Protocol,
  theoryOf,
} from "../comparison/costs.js";
import { coordinatorDies, type Death } from "../comparison/death.js";
import { showTask } from "../output/progress.js";
import { table } from "../output/table.js";
import { paint, type View, viewOf } from "../output/view.js";
import { open } from "./engine.js";

export type CompareFlags = {
  replicas: number;
  transactions: number;
  hosts: "threads" | "processes";
  json?: boolean;
  quiet?: boolean;
};

type Comparison = Costs & Latency & { protocol: Protocol; replicas: number; death: Death };

const PROTOCOLS: readonly Protocol[] = ["2pc", "3pc"];

/** Exit code 0 when what was counted is what the theory says, 1 otherwise. */
export async function compareProtocols(flags: CompareFlags): Promise<number> {
  const view = viewOf(process.stdout, flags, "ayes ");
  const task = { what: "comparing", done: 0, of: PROTOCOLS.length * flags.transactions };
  const hide = showTask(async () => task, "transactions");
  const found: Comparison[] = [];
  try {
    for (const protocol of PROTOCOLS) {
      found.push(
        await measure(protocol, flags, () => {
          task.done += 1;
        }),
      );
    }
  } finally {
    hide();
  }
  if (flags.json) for (const one of found) process.stdout.write(`${JSON.stringify(withTheory(one))}\n`);
  else process.stdout.write(`${text(found, flags, view)}\n`);
  return found.every(isTheory) ? 0 : 1;
}

/** The costs are counted where somebody looks on, the times where nobody does. */
async function measure(protocol: Protocol, flags: CompareFlags, onDone: () => void): Promise<Comparison> {
  const { replicas, transactions, hosts } = flags;
  const options = { temporary: true, replicas, protocol } as const;
  const counted = await open({ ...options, trace: true });
  const costs = await measureCosts(counted).finally(() => counted.close());
  const timed = await open({ ...options, hosts, chaos: true });
  try {
    const latency = await measureLatency(timed, transactions, onDone);
    return { protocol, replicas, ...costs, ...latency, death: await coordinatorDies(timed, protocol) };
  } finally {
    await timed.close();
  }
}

function isTheory(comparison: Comparison): boolean {
  const { messages, forcedWrites, rounds } = theoryOf(comparison.protocol, comparison.replicas);
  const { toAnswer, inAll } = comparison.rounds;
  const isSame = comparison.messages === messages && comparison.forcedWrites === forcedWrites;
  return isSame && toAnswer === rounds.toAnswer && inAll === rounds.inAll;
}

function withTheory(comparison: Comparison): object {
  const { messages, forcedWrites, rounds } = theoryOf(comparison.protocol, comparison.replicas);
  return { ...comparison, theory: { messages, forcedWrites, rounds } };
}

function text(found: readonly Comparison[], { replicas, transactions, hosts }: CompareFlags, view: View): string {
  const title = `${replicas} participants, a coordinator without data, ${transactions} transactions in ${hosts}`;
  const rows = ROWS.map(([what, show]) => [what, ...found.map(show)]);
  return `${paint(view, "bold", title)}\n${table(view, ["", ...PROTOCOLS], rows)}`;
}

const ROWS: readonly [string, (one: Comparison) => string][] = [
  ["messages", (one) => beside(one.messages, formula(one, "messages"))],
  ["forced writes", (one) => beside(one.forcedWrites, formula(one, "forcedWrites"))],
  ["rounds to the answer", (one) => beside(one.rounds.toAnswer, theoryOf(one.protocol, one.replicas).rounds.toAnswer)],
  ["rounds in all", (one) => beside(one.rounds.inAll, theoryOf(one.protocol, one.replicas).rounds.inAll)],
  ["p50", ({ p50Ms }) => `${p50Ms} ms`],
  ["p99", ({ p99Ms }) => `${p99Ms} ms`],
  ["all have voted, and the coordinator dies", ({ death }) => fate(death)],
  ["its client is told", ({ death }) => death.told],
  ["another transaction on the key, meanwhile", ({ death }) => death.meanwhile],
  ["in the end, with the coordinator back", ({ death }) => death.outcome],
];

function formula({ protocol, replicas }: Comparison, of: "messages" | "forcedWrites"): string {
  const theory = theoryOf(protocol, replicas);
  return `${theory.says[of]} = ${theory[of]}`;
}

function beside(measured: number, theory: number | string): string {
  return `${measured} (theory: ${theory})`;
}

function fate({ blocked, waitingFor, decidedAfterMs }: Death): string {
  if (decidedAfterMs !== undefined) return `the others decide, within ${decidedAfterMs} ms`;
  return `${blocked.join(", ")} are blocked, and wait for ${waitingFor.join(", ")}`;
}
