/** All tours, in the order in which they teach. */

import { BLOCKING } from "./blocking.js";
import { COOPERATIVE } from "./cooperative.js";
import { FIRST_ARRIVAL } from "./first-arrival.js";
import type { Lab } from "./lab.js";
import { NONBLOCKING } from "./nonblocking.js";
import { PARTITION } from "./partition.js";
import { TOGETHER } from "./together.js";
import { TOTAL_FAILURE } from "./total-failure.js";

export const LABS: readonly Lab[] = [
  BLOCKING,
  COOPERATIVE,
  NONBLOCKING,
  PARTITION,
  TOTAL_FAILURE,
  FIRST_ARRIVAL,
  TOGETHER,
];
