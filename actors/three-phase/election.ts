/**
 * Election: the lowest process of the up-set leads, in the order of the cluster's nodes; those that have failed since the
 * transaction began are skipped, also when they are back (3PC8). Nobody votes for it: each process draws the same
 * conclusion from the same failures, and whoever is asked by the elected one follows it.
 */

import type { Env } from "../protocol.js";
import type { Incarnation, NodeId } from "../transaction.js";
import { abort, excuse, unavailable } from "./coordinator.js";
import { regroup } from "./group.js";
import { members, type ProcessState, type Step, stage, still, then, without } from "./state.js";
import { poll } from "./termination.js";

/** A process went down, or says that it did. */
export function onDown(state: ProcessState, { node, epoch }: Incarnation, env: Env): Step {
  if (stage(state) !== "open") return still(state);
  const { duty } = state;
  // An earlier life of it is no news.
  const takesPart = members(state).some((member) => member.node === node && member.epoch <= epoch);
  switch (duty.is) {
    case "recovering": {
      const reports = duty.reports.filter((report) => report.node !== node);
      return still({
        ...state,
        duty: { ...duty, reports, ...(duty.bond && takesPart && { bond: without(duty.bond, node) }) },
      });
    }
    case "forming":
      // Nobody acts in a round to which not all have agreed.
      if (duty.missing.includes(node)) return still({ ...state, duty: { is: "recovering", reports: [] } });
      return still({ ...state, duty: { ...duty, alive: without(duty.alive, node) } });
    default:
      if (!takesPart) return still(state);
      return then(regroup(state, without(state.group, node)), (regrouped) => goOnWithout(regrouped, node, env));
  }
}

function goOnWithout(state: ProcessState, node: NodeId, env: Env): Step {
  const { duty } = state;
  switch (duty.is) {
    case "voting":
      return duty.missing.includes(node)
        ? abort(state, unavailable(node, `${node} went down before it voted`))
        : still(state);
    case "precommitting":
      return excuse(state, node, env);
    case "polling":
      // All have to log that this one is out, before what they say can lead to an abort.
      return poll(state, env);
    case "following":
      return duty.leader === node ? elect(state, env) : still(state);
    default:
      return still(state);
  }
}

/** Draws the conclusion: it leads, or asks who does. */
export function elect(state: ProcessState, env: Env): Step {
  const leader = env.nodes.find((node) => state.group.includes(node)) ?? env.self;
  if (leader === env.self) return poll(state, env);
  const { txn, attempt } = state;
  const following: ProcessState = {
    ...state,
    duty: { is: "following", leader },
    alarmAt: env.now + env.settings.inquireAfterMs,
  };
  // It may have ended the transaction already.
  return still(following, {
    target: leader,
    body: { kind: "consult", txn, attempt, round: state.round, recovering: false },
  });
}
