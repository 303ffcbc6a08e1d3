/** Asks replicas for changes: another one when the first does not know them all any more. */

import type { Follow } from "../../actors/message.js";
import { COPIED } from "../../actors/positions.js";
import type { NodeId, Position } from "../../actors/transaction.js";
import { AyesError } from "../errors.js";
import type { FollowQuestion, Gateway, GatewayOptions } from "../gateway/gateway.js";
import type { Stretch } from "./ring.js";

/** `begin`: since what the replica knows. Without `since`: where it stands. */
export type Question = Pick<Follow, "limit" | "deadlineMs"> & {
  since?: Position | "begin" | undefined;
  prefix?: string | undefined;
  replica?: NodeId | undefined;
};

type Following = Pick<Gateway, "follow">;
type Asked = Pick<GatewayOptions, "replicas" | "membership">;
type Report = Awaited<ReturnType<Gateway["follow"]>>;
/** What a replica could not tell: because changes have left it, or only now. */
type Missing = { missing: "left" | "now" };
type Answer = (Stretch | Missing) & { replica: NodeId };

export type Source = (question: Question) => Promise<Stretch>;

export function sourceOf(gateway: Following, { replicas, membership }: Asked): Source {
  return async (question) => {
    const first = await ask(gateway, question);
    if (isTold(first)) return first;
    const node = first.replica;
    const others = question.replica === undefined ? replicas.filter((other) => other !== node) : [];
    const asked = others.map((replica) => ask(gateway, { ...question, replica }).catch(() => undefined));
    const answers = [first, ...(await Promise.all(asked))];
    const told = answers.find(isTold);
    if (told) return told;
    // One that is down may know more, unless it will be given copies when it is back.
    const isLast = membership === "up-set" || !answers.includes(undefined);
    const haveLeft = answers.some((answer) => answer && "missing" in answer && answer.missing === "left");
    if (isLast && haveLeft) throw new AyesError("watch-too-old", undefined, { node });
    throw new AyesError("unavailable", "no replica that is up can tell of changes now", { node });
  };
}

function isTold(answer: Answer | undefined): answer is Stretch & { replica: NodeId } {
  return answer !== undefined && !("missing" in answer);
}

async function ask(gateway: Following, question: Question): Promise<Answer> {
  const report = await gateway.follow(followOf(question));
  const { begin, replica } = report;
  if (question.since !== "begin" || begin === undefined || begin === COPIED) return answerOf(report);
  const again = answerOf(await gateway.follow(followOf({ ...question, since: begin, replica })));
  return "missing" in again ? { missing: "now", replica } : again;
}

function followOf({ since, prefix, limit, deadlineMs, replica }: Question): FollowQuestion {
  const from = since === "begin" ? 0 : since;
  const about = { ...(from !== undefined && { since: from }), ...(prefix !== undefined && { prefix }) };
  return { ...about, limit, deadlineMs, replica };
}

function answerOf({ changes = [], upTo = 0, begin, replica }: Report): Answer {
  if (begin === undefined) return { changes, upTo, replica };
  return { missing: begin === COPIED ? "now" : "left", replica };
}
