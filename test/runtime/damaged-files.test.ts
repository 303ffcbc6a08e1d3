/** Files and folders of a replica that are cut, emptied, gone, older, or another node's. */

import t from "tap";
import { DAMAGED_FILES, damagesHeal } from "./damaged-cluster.js";

await damagesHeal(t, DAMAGED_FILES);
