/** What a connection may call: the parts of a cluster that cross it as one question and one answer. */

import type { Cluster } from "./api.js";
import type { Doubts } from "./doubt-api.js";
import type { FileTraffic } from "./files-api.js";
import type { Folders } from "./folders-api.js";
import type { Tracing } from "./tracing-api.js";

export const METHODS = [
  "snapshot",
  "transact",
  "changes",
  "outcome",
  "status",
  "keys",
  "locks",
  "log",
  "crash",
  "pause",
  "resume",
  "cut",
  "delay",
  "restart",
  "validate",
  "validator",
  "ballots",
  "castVote",
  "step",
  "held",
  "release",
  "constraints",
  "constrain",
  "unconstrain",
  "repair",
  "verify",
  "beginUpload",
  "upload",
  "endUpload",
  "dropUpload",
  "openFile",
  "readFile",
  "closeFile",
  "attachFolder",
  "detachFolder",
  "listFolder",
  "undoFolder",
  "trace",
  "traces",
  "listDoubt",
  "resolveDoubt",
  "forgetDoubt",
] as const satisfies readonly (Direct | `${keyof Folders}Folder` | `${keyof Doubts}Doubt`)[];

type Direct = keyof Cluster | keyof FileTraffic | keyof Tracing;

export type Method = (typeof METHODS)[number];
