/** A bar on stderr while something is counted up; nothing when stderr is not a terminal. */

import { Presets, SingleBar } from "cli-progress";
import type { Task } from "../../runtime/healing-api.js";

const EVERY_MS = 200;

/** Shows how far a task is until the returned function is called, in this unit unless it has another one. */
export function showTask(look: () => Promise<Task | undefined>, unit: string): () => void {
  if (!process.stderr.isTTY) return () => undefined;
  const format = `{bar} {percentage} %  {value}/{total} {unit}`;
  const options = { format, stream: process.stderr, hideCursor: true, clearOnComplete: true };
  const bar = new SingleBar(options, Presets.shades_classic);
  bar.start(0, 0, { unit });
  const show = (task: Task | undefined) => {
    if (!task) return;
    bar.setTotal(Math.max(task.of, task.done));
    bar.update(task.done, { unit: task.unit ?? unit });
  };
  // Nobody needs a bar as much as the answer behind it.
  const timer = setInterval(() => void look().then(show, () => undefined), EVERY_MS);
  return () => {
    clearInterval(timer);
    bar.stop();
  };
}
