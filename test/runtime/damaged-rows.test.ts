/** Flipped bytes and zeroed pages of a replica, in data and log. */

import t from "tap";
import { DAMAGED_ROWS, damagesHeal } from "./damaged-cluster.js";

await damagesHeal(t, DAMAGED_ROWS);
