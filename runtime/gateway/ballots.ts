/** Votes of people over HTTP: what waits, and the answers. */

import type { Cluster } from "../api.js";
import { AyesError } from "../errors.js";
import { describe } from "../json-shape.js";
import { requireFields } from "../validation.js";
import { ballotBody } from "./ballot-body.js";
import { queryOf, readObject } from "./intake.js";
import { meant } from "./meant.js";
import { type HttpApp, mount } from "./mounting.js";
import { BALLOT_ROUTES } from "./openapi-ballots.js";

export function mountBallots(app: HttpApp, cluster: Cluster): void {
  mount(app, BALLOT_ROUTES.readBallots, async (request) => {
    const { node } = queryOf(request, ["node"]);
    return { status: 200, body: { ballots: (await cluster.ballots(node)).map(ballotBody) } };
  });
  const cast = meant("vote", async (request) => {
    const body = await readObject(request);
    requireFields(body, ["node", "txn", "vote", "reason"], "the body");
    const { node, txn, vote, reason } = body as Record<string, string>;
    if (vote !== "commit" && vote !== "abort") {
      throw new AyesError("invalid", `vote is ${describe(vote)}; known: commit, abort`);
    }
    return { status: 200, body: await cluster.castVote(txn as string, node as string, vote === "commit", reason) };
  });
  mount(app, BALLOT_ROUTES.castVote, cast);
}
