/** All views, in the order of the navigation. A new one is a row here. */

import type { ComponentType } from "preact";
import { cluster } from "../live/cluster.js";
import { ClusterView } from "./cluster.js";
import { ReplicasView } from "./data.js";
import { DoubtView, oldDoubts } from "./doubt.js";
import { LabView } from "./lab.js";
import { LoadView } from "./load.js";
import { PastView } from "./past.js";
import { StepView } from "./step.js";
import { TransactionsView } from "./transactions.js";
import { openBallots, VoteView } from "./vote.js";

/** A part of the dashboard with an address of its own: `#/NAME` or `#/NAME/SUBJECT`. */
export type View = {
  name: string;
  title: string;
  View: ComponentType<{ subject: string | undefined }>;
  /** Shown beside its title when there are any. */
  count?: () => number;
  /** Whether it is about a cluster that runs (unless it says otherwise), about one that does not, or both. */
  about?: "past" | "both";
};

const VIEWS: readonly View[] = [
  { name: "history", title: "History", View: PastView, about: "past" },
  { name: "cluster", title: "Cluster", View: ClusterView, count: nodesAway },
  { name: "transactions", title: "Transactions", View: TransactionsView, about: "both" },
  { name: "doubt", title: "In doubt", View: DoubtView, count: oldDoubts },
  { name: "vote", title: "Vote", View: VoteView, count: openBallots },
  { name: "step", title: "Step", View: StepView },
  { name: "data", title: "Data", View: ReplicasView },
  { name: "load", title: "Load", View: LoadView },
  { name: "lab", title: "Lab", View: LabView },
];

/** Those that fit the cluster that is looked at. */
export function views(): readonly View[] {
  const kind = cluster.value?.over === undefined ? undefined : "past";
  return VIEWS.filter(({ about }) => about === kind || about === "both");
}

function nodesAway(): number {
  return cluster.value?.nodes.filter(({ state }) => state !== "up").length ?? 0;
}
