/** Plots of the last minutes: how much is asked of the cluster, how long that takes, and what it costs. */

import { useMemo } from "preact/hooks";
import { type Second, secondsOf } from "../../output/rates.js";
import { samples } from "../live/samples.js";
import { spanText } from "../parts/amounts.js";
import { Plot, type Points, type Series } from "../parts/plot.js";

const TONES = ["accent", "warn", "bad", "good", "faint"];

export function LoadView() {
  const taken = samples.value;
  const seconds = useMemo(() => secondsOf(taken), [taken]);
  const reasons = [...new Set(seconds.flatMap(({ aborted }) => Object.keys(aborted)))].sort();
  return (
    <section>
      <div class="head">
        <h1>Load</h1>
        <p class="faint">of this program and those connected to it, since this page was opened, for five minutes</p>
      </div>
      <div class="plots">
        <Plot title="Transactions per second" series={ENDINGS} points={endingsOf(seconds)} unit={rateText} />
        <Plot title="Latency" series={LATENCIES} points={latenciesOf(seconds)} unit={spanText} />
        <Plot
          title="Aborts per second, by reason"
          series={named(reasons)}
          points={reasonsOf(seconds, reasons)}
          unit={rateText}
        />
        <Plot title="Cost of a transaction" series={COSTS} points={costsOf(seconds)} unit={rateText} />
        <Plot title="In doubt" series={DOUBTS} points={doubtsOf(seconds)} unit={rateText} />
      </div>
    </section>
  );
}

const ENDINGS: readonly Series[] = [
  { name: "committed", tone: "accent" },
  { name: "aborted", tone: "warn" },
  { name: "unknown", tone: "bad" },
];
const LATENCIES: readonly Series[] = [
  { name: "median", tone: "accent" },
  { name: "95 %", tone: "warn" },
  { name: "99 %", tone: "bad" },
];
const COSTS: readonly Series[] = [
  { name: "messages", tone: "accent" },
  { name: "flushes", tone: "warn" },
];
const DOUBTS: readonly Series[] = [{ name: "undecided", tone: "accent" }];

function named(reasons: readonly string[]): Series[] {
  return reasons.map((name, index) => ({ name, tone: TONES[index % TONES.length] ?? "faint" }));
}

function endingsOf(seconds: readonly Second[]): Points {
  const aborted = seconds.map((second) => Object.values(second.aborted).reduce((sum, rate) => sum + rate, 0));
  return [timesOf(seconds), seconds.map(({ committed }) => committed), aborted, seconds.map(({ unknown }) => unknown)];
}

function latenciesOf(seconds: readonly Second[]): Points {
  return [
    timesOf(seconds),
    seconds.map(({ p50 }) => p50),
    seconds.map(({ p95 }) => p95),
    seconds.map(({ p99 }) => p99),
  ];
}

function reasonsOf(seconds: readonly Second[], reasons: readonly string[]): Points {
  return [timesOf(seconds), ...reasons.map((reason) => seconds.map(({ aborted }) => aborted[reason] ?? 0))];
}

function costsOf(seconds: readonly Second[]): Points {
  return [
    timesOf(seconds),
    seconds.map(({ messagesEach }) => messagesEach),
    seconds.map(({ flushesEach }) => flushesEach),
  ];
}

function doubtsOf(seconds: readonly Second[]): Points {
  return [timesOf(seconds), seconds.map(({ inDoubt }) => inDoubt)];
}

function timesOf(seconds: readonly Second[]): number[] {
  return seconds.map(({ at }) => at / 1000);
}

function rateText(rate: number): string {
  return rate >= 100 ? Math.round(rate).toLocaleString("en-US") : String(Number(rate.toPrecision(2)));
}
