/** Verifies a data folder that nobody has open. */

import { join } from "node:path";
import { isFile } from "../../storage/guard.js";
import { readEpochs, readShape } from "../config.js";
import { AyesError } from "../errors.js";
import type { Task, Verification } from "../healing-api.js";
import { targetOf } from "../hosts/host.js";
import { lockFolder } from "../lock-file.js";
import { specsOf } from "../specs.js";
import { readRules } from "../validators.js";
import { Examiner } from "./examiner.js";
import { verify } from "./verify.js";

/** Changes nothing. Rejects with `no-cluster` when there is none, `in-use` when it is open. */
export async function verifyFolder(folder: string, task: Task): Promise<Verification> {
  if (!isFile(join(folder, "cluster.json"))) throw new AyesError("no-cluster", `${folder} holds no cluster`);
  const unlock = lockFolder(folder);
  try {
    const shape = readShape(folder, {});
    const validators = readRules(folder);
    const specs = specsOf({ folder, shape, sockets: "", epochs: readEpochs(folder), validators });
    const stores = specs.map((spec) => ({
      node: spec.self,
      role: shape.replicas.includes(spec.self) ? ("replica" as const) : ("coordinator" as const),
      target: targetOf(spec),
    }));
    return await verify(stores, { task, examiner: () => new Examiner() });
  } finally {
    unlock();
  }
}
