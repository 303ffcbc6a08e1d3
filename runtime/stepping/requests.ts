/** Decides which requests to step may enter. */

import { AyesError } from "../errors.js";
import { describe } from "../json-shape.js";
import type { StepPlan } from "../stepping-api.js";
import { checkId, requireFields, requireObject } from "../validation.js";

/** Nothing when it is off. */
export function checkStepPlan(plan: unknown): StepPlan | undefined {
  if (plan === "off") return undefined;
  const record = requireObject(plan, "what to step");
  requireFields(record, ["txn"], "what to step");
  return record.txn === undefined ? {} : { txn: checkId(record.txn, "txn") };
}

export function checkHeldId(id: unknown): number | "next" {
  if (id === "next" || (typeof id === "number" && Number.isSafeInteger(id) && id >= 1)) return id;
  throw new AyesError("invalid", `what to release is a number of at least 1, or "next", not ${describe(id)}`);
}
