/** The crash points of one transaction under each protocol, and at whom to strike. */

import type { ProtocolName } from "../../actors/transaction.js";
import { CRASH_POINTS, type CrashPoint, pointsOf, takesTargets } from "../../runtime/faults.js";
import type { Blow } from "./scenario.js";

const LED: ReadonlySet<string> = new Set(["prepare", "precommit", "decision"]);

/** Those of any turn are the matter of the matrix. Who is told, where only some are, is `told`. */
export function pointBlows(protocol: ProtocolName, follower: string, told: string, which = (_: CrashPoint) => true) {
  const points = pointsOf({ coordinates: true, replicates: true }, [protocol]);
  return points
    .filter((at) => CRASH_POINTS[at].on !== "turn" && which(at))
    .map((at): Blow => {
      const victim = LED.has(CRASH_POINTS[at].on) ? "c1" : follower;
      const plan = { at, hit: 3, ...(takesTargets(at) && { targets: [told] }) };
      return { name: `${victim} dies at ${at}`, victims: [victim], strike: (cluster) => cluster.crash(victim, plan) };
    });
}
