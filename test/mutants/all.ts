/** Every bug that is planted. */

import { CONSTRAINTS } from "./constraints.js";
import { EXPIRY_MUTANTS } from "./expiries.js";
import { FILE_MUTANTS } from "./files.js";
import { FOLDERS } from "./folders.js";
import { FORCED_MUTANTS } from "./forced.js";
import { MUTANTS, type Mutant } from "./mutants.js";
import { POSITION_MUTANTS } from "./positions.js";
import { READS } from "./reads.js";
import { THREE_PHASE } from "./three-phase.js";

export const ALL: readonly Mutant[] = [
  ...MUTANTS,
  ...POSITION_MUTANTS,
  ...THREE_PHASE,
  ...CONSTRAINTS,
  ...READS,
  ...EXPIRY_MUTANTS,
  ...FILE_MUTANTS,
  ...FOLDERS,
  ...FORCED_MUTANTS,
];
