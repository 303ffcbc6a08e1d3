/** A bar on stderr while bytes move: how many, how fast, how long still; nothing when stderr is not a terminal. */

import { Presets, SingleBar } from "cli-progress";
import type { Transfer } from "../files/transfer.js";
import { bytesText } from "./amounts.js";

const EVERY_MS = 200;
/** The rate is that of the last seconds. */
const WINDOW = 15;

/** Shows it until the returned function is called. */
export function showTransfer(transfer: Transfer): () => void {
  if (!process.stderr.isTTY) return () => undefined;
  const format = "{bar} {percentage} %  {moved} of {all}  {rate}/s  {left}  {what}";
  const options = { format, barsize: 20, stream: process.stderr, hideCursor: true, clearOnComplete: true };
  const bar = new SingleBar(options, Presets.shades_classic);
  bar.start(1, 0, shown(transfer, 0));
  let samples: [at: number, done: number][] = [];
  const timer = setInterval(() => {
    const now = performance.now();
    const [, before = 0] = samples.at(-1) ?? [];
    // Another part of the work begins at nothing.
    if (transfer.done < before) samples = [];
    samples = [...samples, [now, transfer.done] as [number, number]].slice(-WINDOW);
    const [[at, done] = [now, 0]] = samples;
    bar.setTotal(Math.max(1, transfer.of));
    bar.update(transfer.done, shown(transfer, now > at ? ((transfer.done - done) / (now - at)) * 1000 : 0));
  }, EVERY_MS);
  return () => {
    clearInterval(timer);
    bar.stop();
  };
}

function shown({ what, done, of }: Transfer, rate: number): object {
  const left = rate > 0 ? `${timeText(Math.max(0, of - done) / rate)} left` : "";
  return { what, moved: bytesText(done), all: bytesText(of), rate: bytesText(rate), left };
}

function timeText(seconds: number): string {
  const whole = Math.ceil(seconds);
  return whole < 100 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
