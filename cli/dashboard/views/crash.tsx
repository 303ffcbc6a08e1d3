/** Where a node shall die: a menu of all points it can come to, each with what it means. */

import { useState } from "preact/hooks";
import type { NodeStatus } from "../../../runtime/api.js";
import { type CrashPlan, POINTS, type Point, pointsOf, takesTargets, VOTE_NO } from "../../../runtime/faults.js";
import { confirm } from "../parts/confirm.js";
import { Text } from "../parts/text.js";
import { arm } from "./node-actions.js";

/** Asks for the point, and arms the node. */
export function askForCrash(node: NodeStatus, nodes: readonly NodeStatus[]): void {
  let plan: CrashPlan = {};
  const choose = (chosen: CrashPlan) => {
    plan = chosen;
  };
  confirm({
    title: `Crash ${node.id} at which point?`,
    body: <Menu points={pointsFor(node)} others={nodes.filter(({ id }) => id !== node.id)} choose={choose} />,
    yes: "Arm",
    act: () => arm(node.id, plan),
  });
}

function pointsFor({ role }: NodeStatus): Point[] {
  const replicates = role !== "coordinator";
  const points: Point[] = pointsOf({ coordinates: role !== "replica", replicates });
  return replicates ? [...points, VOTE_NO] : points;
}

type MenuProps = { points: Point[]; others: readonly NodeStatus[]; choose(plan: CrashPlan): void };

function Menu({ points, others, choose }: MenuProps) {
  const [at, setAt] = useState<Point | undefined>(undefined);
  const [targets, setTargets] = useState<string[]>([]);
  const [stay, setStay] = useState(false);
  const partial = at !== undefined && at !== VOTE_NO && takesTargets(at);
  if (at === VOTE_NO) choose({ at });
  else if (at) choose({ at, ...(partial && { targets }), ...(stay && { restart: false }) });
  const toggle = (id: string) => setTargets(targets.includes(id) ? targets.filter((t) => t !== id) : [...targets, id]);
  return (
    <>
      <div class="menu" role="radiogroup" aria-label="Points">
        {points.map((point) => (
          <label key={point}>
            <input type="radio" name="point" required checked={at === point} onChange={() => setAt(point)} />
            <span>
              <code>{point}</code> <span class="faint">{POINTS[point].says}</span>
            </span>
          </label>
        ))}
      </div>
      {partial && (
        <p class="filters">
          Told:
          {others.map(({ id }) => (
            <label key={id}>
              <input type="checkbox" checked={targets.includes(id)} onChange={() => toggle(id)} />
              <Text>{id}</Text>
            </label>
          ))}
        </p>
      )}
      {at !== VOTE_NO && (
        <p>
          <label>
            <input type="checkbox" checked={stay} onChange={() => setStay(!stay)} />
            It stays down until somebody restarts it
          </label>
        </p>
      )}
    </>
  );
}
