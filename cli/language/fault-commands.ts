/** The commands that hurt a cluster, to see what it withstands, and that make it whole again. */

import { POINTS } from "../../runtime/faults.js";
import type { Command } from "./command.js";

export const FAULT_COMMANDS = {
  crash: {
    usage: "crash NODE [at POINT [targets NODE,NODE] [txn ID] [hit N]] [stay]",
    says: "crash a node, at once or at a point of a transaction to come (needs --chaos)",
    details: [
      "It is restarted by its supervisor; with stay it stays down until restart.",
      "A partial point tells its targets and then dies; without targets it tells nobody.",
      ...Object.entries(POINTS).map(([point, { says }]) => `${point.padEnd(20)}  ${says}`),
    ],
    examples: ["crash n1", "crash n1 at after-vote", "crash c1 at partial-decision targets n1,n2 stay"],
    choices: ["at", "targets", "txn", "hit", "stay", ...Object.keys(POINTS)],
    oneShot: true,
  },
  restart: {
    usage: "restart NODE",
    says: "start a node that is down (needs --chaos)",
    examples: ["restart n1"],
    oneShot: true,
  },
  pause: {
    usage: "pause NODE",
    says: "stop a node without a word: it neither answers nor dies (needs --chaos)",
    details: ["Only a node that is a process can be paused: ayes up --hosts processes --chaos."],
    examples: ["pause n1"],
    oneShot: true,
  },
  resume: {
    usage: "resume NODE",
    says: "let a paused node go on (needs --chaos)",
    examples: ["resume n1"],
    oneShot: true,
  },
  cut: {
    usage: "cut NODE NODE",
    says: "cut the link between two nodes: nothing gets through (needs --chaos)",
    details: ["Nobody is told: each takes the other one for slow. It stays so when they restart; mend ends it."],
    examples: ["cut n1 n2"],
    oneShot: true,
  },
  mend: {
    usage: "mend NODE NODE",
    says: "make the link between two nodes whole: neither cut nor slow (needs --chaos)",
    examples: ["mend n1 n2"],
    oneShot: true,
  },
  delay: {
    usage: "delay NODE NODE TIME",
    says: "have all between two nodes arrive later, in order (needs --chaos)",
    details: ["Up to a minute: 500 (milliseconds), 5s, 1m; mend ends it."],
    examples: ["delay c1 n2 500", "delay c1 n2 5s"],
    oneShot: true,
  },
} as const satisfies Record<string, Command>;
