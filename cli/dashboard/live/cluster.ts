/** The cluster as it is now: asked for again and again, for as long as somebody can see it. */

import { batch, signal } from "@preact/signals";
import type { Status } from "../../../runtime/api.js";
import { ask } from "./ask.js";
import { sample } from "./samples.js";

/** What was heard last; undefined before the first answer. */
export const cluster = signal<Status | undefined>(undefined);
export const reachable = signal(true);
/** When the last answer came. */
export const heardAt = signal(Date.now());
/** The time, as often as the cluster is asked. */
export const now = signal(Date.now());

const PAUSE_MS = 1000;
/** Somebody has just changed something and wants to see what comes of it. */
const HURRY_PAUSE_MS = 100;
const HURRY_MS = 6000;

let hurryUntil = 0;
let wake: () => void = () => undefined;

/** Begins to ask, and never ends. */
export function followCluster(): void {
  document.addEventListener("visibilitychange", () => wake());
  void follow();
}

/** Asks at once, and often for a while. */
export function hurry(): void {
  hurryUntil = Date.now() + HURRY_MS;
  wake();
}

async function follow(): Promise<void> {
  for (;;) {
    await look();
    const pauseMs = Date.now() < hurryUntil ? HURRY_PAUSE_MS : PAUSE_MS;
    await pause(pauseMs);
  }
}

async function look(): Promise<void> {
  try {
    const status = await ask<Status>("v1/status");
    sample(status);
    batch(() => {
      cluster.value = status;
      reachable.value = true;
      heardAt.value = Date.now();
      now.value = Date.now();
    });
  } catch {
    batch(() => {
      reachable.value = false;
      now.value = Date.now();
    });
  }
}

/** A page that nobody sees waits until somebody does. */
function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      if (document.hidden) return;
      clearTimeout(timer);
      wake = () => undefined;
      resolve();
    };
    const timer = setTimeout(done, ms);
    wake = done;
  });
}
