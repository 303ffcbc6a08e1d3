/** What waits for people, asked for while somebody looks at it. */

import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Cast, Ballot as Whole } from "../../../runtime/ballot-api.js";
import { ask, type Refusal, tell } from "./ask.js";
import { hurry } from "./cluster.js";
import { usePolled } from "./polled.js";

/** Values as they come over HTTP. */
export type Entry = {
  op?: string;
  is?: string;
  key?: Whole["txn"];
  value?: unknown;
  bytes?: string;
  [name: string]: unknown;
};
export type Ballot = Omit<Whole, "operations" | "checks"> & { operations: readonly Entry[]; checks: readonly Entry[] };

/** Oldest first. */
export const ballots = signal<readonly Ballot[]>([]);
/** What was said on this page, newest first. */
export const said = signal<readonly Cast[]>([]);

const EVERY_MS = 500;
const REMEMBERED = 20;

/** Keeps them up to date; returns what is wrong, if anything is. */
export function useBallots(): Refusal | undefined {
  const { answer, problem } = usePolled(() => ask<{ ballots: Ballot[] }>("v1/ballots"), "ballots", EVERY_MS);
  useEffect(() => {
    if (answer) ballots.value = answer.ballots;
  }, [answer]);
  return problem;
}

export async function cast(node: string, txn: string, vote: Cast["vote"], reason: string): Promise<void> {
  const body = { node, txn, vote, ...(reason !== "" && { reason }) };
  const told = await tell<Cast>("v1/ballots", "vote", body);
  said.value = [told, ...said.value].slice(0, REMEMBERED);
  ballots.value = ballots.value.filter((ballot) => ballot.txn !== txn || ballot.node !== node);
  hurry();
}
