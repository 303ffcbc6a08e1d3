/** When a cluster of membership `up-set` is ready: its replicas have found each other and agreed on who serves. */

import { setTimeout as sleep } from "node:timers/promises";
import type { Supervisor } from "./supervisor.js";

const LOOK_EVERY_MS = 20;

/**
 * Resolves when every node that is up serves, or when the time is over: a group that lacks the last replica to fail has to
 * wait for it, and `status` says so.
 */
export async function waitUntilServing(supervisor: Supervisor, withinMs: number): Promise<void> {
  for (const end = Date.now() + withinMs; Date.now() < end; await sleep(LOOK_EVERY_MS)) {
    const hosts = supervisor.wards().flatMap(({ state, host }) => (state === "up" && host ? [host] : []));
    const serving = hosts.map(async (host) => {
      const report = await host.control.call((control) => control.inspect()).catch(() => undefined);
      return report?.membership?.serves !== false;
    });
    if (!(await Promise.all(serving)).includes(false)) return;
  }
}
