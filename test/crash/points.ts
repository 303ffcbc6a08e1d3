/** The crash points of one transaction under each protocol, and at whom to strike. */

import type { ProtocolName } from "../../actors/transaction.js";
import { CRASH_POINTS, type CrashPlan, type CrashPoint, pointsOf, takesTargets } from "../../runtime/faults.js";

export type PointCase = { at: CrashPoint; victim: string; plan: CrashPlan };

const LED: ReadonlySet<string> = new Set(["prepare", "precommit", "decision"]);

/** Those of any turn are the matter of the matrix. Who is told, where only some are, is `told`. */
export function pointCases(protocol: ProtocolName, follower: string, told: string): PointCase[] {
  const points = pointsOf({ coordinates: true, replicates: true }, [protocol]);
  return points
    .filter((at) => CRASH_POINTS[at].on !== "turn")
    .map((at) => ({
      at,
      victim: LED.has(CRASH_POINTS[at].on) ? "c1" : follower,
      plan: { at, ...(takesTargets(at) && { targets: [told] }) },
    }));
}
