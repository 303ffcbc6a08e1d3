/** What is under way when a cluster is closed comes to its end first, as far as it can soon. */

import { setTimeout as sleep } from "node:timers/promises";
import type { Supervisor } from "./supervisor.js";

const LOOK_EVERY_MS = 5;
/** Nobody who closes a cluster wants to wait longer. */
const WITHIN_MS = 1000;

/**
 * Resolves when no client waits and no node is in doubt; or when it would take longer than a second, or a node is down: what
 * waits for that one goes on when the cluster is opened again.
 */
export async function drained(supervisor: Supervisor, isAsked: () => boolean): Promise<void> {
  for (const end = Date.now() + WITHIN_MS; Date.now() < end; await sleep(LOOK_EVERY_MS)) {
    const wards = supervisor.wards();
    if (wards.some(({ state }) => state !== "up")) return;
    if (isAsked()) continue;
    const asked = wards.map(async ({ host }) => {
      const doubts = await host?.control.call((control) => control.doubts(), end - Date.now()).catch(() => undefined);
      return doubts === undefined || doubts.inDoubt.length > 0;
    });
    if (!(await Promise.all(asked)).includes(true)) return;
  }
}
