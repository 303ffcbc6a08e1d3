/** What the counts of the cluster were, second by second, for as long as the page is open. */

import { signal } from "@preact/signals";
import type { Status } from "../../../runtime/api.js";
import type { Sample } from "../../output/rates.js";

const KEPT = 300;
/** A sample is a second; the page may ask more often. */
const APART_MS = 900;

export const samples = signal<readonly Sample[]>([]);

export function sample(status: Status): void {
  const at = Date.now();
  const last = samples.value.at(-1);
  if (last && at - last.at < APART_MS) return;
  samples.value = [...samples.value.slice(1 - KEPT), { at, status }];
}
