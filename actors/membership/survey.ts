/** Which replicas may have failed last, as far as those that are back can tell. */

import { lastGroup } from "../three-phase/group.js";
import type { NodeId } from "../transaction.js";

/** What the log of a replica says: the number of its view (0 if it never was in one), and who of it had not failed. */
export type Report = {
  node: NodeId;
  number: number;
  up: readonly NodeId[];
  /** While it has transactions in doubt it does not count. */
  inDoubt: boolean;
};

/** Those who have to be there when the first view is made. */
export type Founders = readonly NodeId[];

/** Who may have failed last, and of whom that is known. */
export type Survey = { last: readonly NodeId[]; known: NodeId[] };

/** What a replica says of its own part, for people. */
export type MembershipStatus = {
  serves: boolean;
  number: number;
  members: NodeId[];
  up: NodeId[];
  leader: NodeId | undefined;
  /** For whom it waits before it can serve. */
  waitingFor: NodeId[];
  /** The others of which it knows that they do not serve either. */
  waitingWith: NodeId[];
};

/** A replica that never ran knows nothing: it can only join, or begin with all other founders. */
export function survey(all: readonly Report[], founders: Founders): Survey {
  const reports = all.filter(({ inDoubt }) => !inDoubt);
  const known = reports.map(({ node }) => node);
  const told = reports.filter(({ number }) => number > 0);
  if (told.length === 0) return { last: founders, known };
  return { last: lastGroup(told.map(({ node, number, up }) => ({ node, group: up, round: number }))), known };
}
