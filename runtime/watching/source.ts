/** Asks replicas for changes: another one when the first does not know them all any more. */

import type { Follow } from "../../actors/message.js";
import type { NodeId, Position } from "../../actors/transaction.js";
import { AyesError } from "../errors.js";
import type { FollowQuestion, Gateway } from "../gateway/gateway.js";
import type { Stretch } from "./ring.js";

/** `begin`: since what the replica knows. Without `since`: where it stands. */
export type Question = Pick<Follow, "limit" | "deadlineMs"> & {
  since?: Position | "begin" | undefined;
  prefix?: string | undefined;
  replica?: NodeId | undefined;
};

export type Source = (question: Question) => Promise<Stretch>;

export function sourceOf(gateway: Pick<Gateway, "follow">, replicas: readonly NodeId[]): Source {
  return async (question) => {
    const first = await gateway.follow(followOf(question));
    const { begin, replica } = first;
    if (begin === undefined) return stretchOf(first);
    if (question.since === "begin") {
      return stretchOf(await gateway.follow(followOf({ ...question, since: begin, replica })));
    }
    const others = question.replica === undefined ? replicas.filter((other) => other !== replica) : [];
    for (const other of others) {
      const report = await gateway.follow(followOf({ ...question, replica: other })).catch(() => undefined);
      if (report && report.begin === undefined) return stretchOf(report);
    }
    throw new AyesError("watch-too-old", undefined, { node: replica });
  };
}

function followOf({ since, prefix, limit, deadlineMs, replica }: Question): FollowQuestion {
  const from = since === "begin" ? 0 : since;
  const about = { ...(from !== undefined && { since: from }), ...(prefix !== undefined && { prefix }) };
  return { ...about, limit, deadlineMs, replica };
}

function stretchOf({ changes = [], upTo = 0, begin, replica }: Awaited<ReturnType<Gateway["follow"]>>): Stretch {
  if (begin !== undefined) throw new AyesError("unavailable", `${replica} has just dropped changes`, { node: replica });
  return { changes, upTo };
}
