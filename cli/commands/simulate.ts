/** `ayes simulate`: many seeds to look for a broken promise, or one seed to see what happens in it. */

import type { Membership } from "../../runtime/config.js";
import type { Violation } from "../../runtime/simulation/judge.js";
import { minimize } from "../../runtime/simulation/minimize.js";
import { MIXES, type Mix, type Plan, planOf } from "../../runtime/simulation/plan.js";
import { type Run, simulate as run } from "../../runtime/simulation/run.js";
import { Problem } from "../language/problem.js";
import { table } from "../output/table.js";
import { paint, type View, viewOf } from "../output/view.js";
import { runSwarm } from "../simulation/fleet.js";
import type { Kind, Totals } from "../simulation/worker.js";
import { onStopSignal } from "./signals.js";

export type SimulateFlags = {
  seeds?: number;
  from?: number;
  seed?: number;
  trace?: boolean;
  minimize?: boolean;
  protocol?: Mix;
  membership?: Membership;
  partition?: boolean;
  json?: boolean;
  quiet?: boolean;
};

/** What is run when nothing is named. */
const ALL: readonly Pick<Kind, "protocol" | "membership">[] = [
  ...MIXES.map((protocol) => ({ protocol, membership: "all" }) as const),
  { protocol: "3pc", membership: "up-set" },
];

const SEEDS = 1000;
const SHOWN_MOST = 5;
const HIGHEST_SEED = 2 ** 32 - 1;

/** Exit code 0 when every promise was kept, 1 otherwise. */
export async function simulate(flags: SimulateFlags): Promise<number> {
  const { seed, partition = false } = flags;
  const kinds = kindsOf(flags);
  const view = viewOf(process.stdout, flags, "ayes ");
  if (seed !== undefined) {
    if ((flags.seeds ?? flags.from) !== undefined)
      throw new Problem("--seed is one seed; leave out --seeds and --from");
    const { protocol, membership } = kinds[0] ?? { protocol: "2pc", membership: "all" };
    return one(planOf(seed, protocol, { membership, partition }), flags, view);
  }
  if (flags.trace || flags.minimize) throw new Problem("--trace and --minimize show one run; name it by --seed");
  let worst = 0;
  for (const kind of kinds) {
    const code = await many(flags, { ...kind, partition }, view);
    if (code > 1) return code;
    worst = Math.max(worst, code);
  }
  return worst;
}

/** What is asked for; everything if nothing is named. */
function kindsOf({ protocol, membership }: SimulateFlags): typeof ALL {
  if (membership === "up-set" && (protocol ?? "3pc") !== "3pc") {
    throw new Problem("an up-set runs three-phase commit only");
  }
  if (membership === "up-set") return [{ protocol: "3pc", membership }];
  return protocol ? [{ protocol, membership: "all" }] : ALL;
}

function one(drawn: Plan, flags: SimulateFlags, view: View): number {
  const plan = flags.minimize ? minimize(drawn) : drawn;
  const trace = flags.trace && !flags.json ? (line: string) => process.stdout.write(`${line}\n`) : undefined;
  const result = run(plan, trace);
  if (flags.json) process.stdout.write(`${JSON.stringify({ seed: plan.seed, ...result, plan })}\n`);
  else process.stdout.write(`${verdict(plan, result, view)}\n`);
  return result.violations.length > 0 ? 1 : 0;
}

function verdict({ seed, coordinators, replicas, faults }: Plan, result: Run, view: View): string {
  const { violations, turns, transactions, committed, settledMs } = result;
  const about = `seed ${seed}: ${[...coordinators, ...replicas].join(" ")}, ${faults.length} faults, ${transactions} transactions, ${committed} committed, ${turns} turns`;
  if (violations.length > 0) return [about, ...violations.map((violation) => broken(violation, view))].join("\n");
  return `${about}; settled ${Math.round(settledMs)} ms after the healing; ${paint(view, "green", "every promise was kept")}`;
}

function broken({ promise, says }: Violation, view: View): string {
  return `${paint(view, "red", `broken: ${promise}`)}: ${says}`;
}

async function many(flags: SimulateFlags, kind: Kind, view: View): Promise<number> {
  const { seeds = SEEDS, from = 1 } = flags;
  if (from + seeds > HIGHEST_SEED) throw new Problem(`a seed is at most ${HIGHEST_SEED}`);
  let stopped = 0;
  const forget = onStopSignal((code) => {
    stopped = code;
  });
  const start = performance.now();
  const totals = await runSwarm({ first: from, count: seeds, ...kind }, () => stopped !== 0);
  forget();
  const seconds = Math.round(performance.now() - start) / 1000;
  const kept = totals.violations.length === 0;
  if (flags.json) process.stdout.write(`${JSON.stringify({ ...kind, from, seconds, ...totals })}\n`);
  else {
    if (!flags.quiet) process.stdout.write(`${summary(totals, seconds, kind, view)}\n`);
    explain(totals, kind, view);
  }
  return kept ? stopped : 1;
}

function summary(
  { runs, turns, transactions, committed, settledMsMost, violations }: Totals,
  seconds: number,
  { protocol, membership }: Kind,
  view: View,
): string {
  const rows = [
    ["protocol", membership === "up-set" ? `${protocol}, up-set` : protocol],
    ["runs", runs],
    ["turns", turns],
    ["transactions", transactions],
    ["committed", committed],
    ["settled after the healing, at most (simulated ms)", Math.round(settledMsMost)],
    ["seconds", seconds.toFixed(1)],
    ["violations", violations.length],
  ];
  return table(
    view,
    ["simulated", ""],
    rows.map((cells) => cells.map(String)),
  );
}

/** The first violation is shown as small as it gets: it is where somebody will begin to look. */
function explain({ violations }: Totals, { protocol, ...variant }: Kind, view: View): void {
  const [first] = violations;
  if (!first) return;
  const replay = `ayes simulate --protocol ${protocol}${flagsOf(variant)} --seed`;
  for (const violation of violations.slice(0, SHOWN_MOST)) {
    const { seed } = violation;
    process.stdout.write(`\nseed ${seed}: ${broken(violation, view)}\n  replay it: ${replay} ${seed} --trace\n`);
  }
  if (violations.length > SHOWN_MOST) process.stdout.write(`and ${violations.length - SHOWN_MOST} more seeds\n`);
  process.stdout.write(`\nseed ${first.seed} with only what it takes (${replay} ${first.seed} --minimize --trace):\n`);
  const plan = minimize(planOf(first.seed, protocol, variant));
  run(plan, (line) => process.stdout.write(`${line}\n`));
}

function flagsOf({ membership, partition }: Omit<Kind, "protocol">): string {
  return `${membership === "up-set" ? " --membership up-set" : ""}${partition ? " --partition" : ""}`;
}
