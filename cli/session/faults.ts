/** The answers to statements that hurt a cluster, or make it whole again. */

import type { Cluster } from "../../runtime/api.js";
import { VOTE_NO } from "../../runtime/faults.js";
import type { Statement } from "../language/statement.js";
import type { Reply } from "./reply.js";

type Kind = "crash" | "restart" | "pause" | "link";
type Handlers = { [K in Kind]: (statement: Extract<Statement, { kind: K }>) => Promise<Reply> };

export function faultHandlers(running: () => Promise<Cluster>): Handlers {
  return {
    crash: async ({ node, plan }) => {
      await (await running()).crash(node, plan);
      const done = plan.at
        ? `${node} will ${plan.at === VOTE_NO ? "vote no once" : `crash at ${plan.at}`}`
        : `${node} crashed`;
      const back = plan.restart === false ? `; it stays down until: restart ${node}` : "";
      return { kind: "done", text: done + back, facts: { node, crash: plan.at ? "armed" : "done", ...plan } };
    },
    restart: async ({ node }) => {
      await (await running()).restart(node);
      return { kind: "done", text: `${node} is up`, facts: { node, restarted: true } };
    },
    pause: async ({ node, on }) => {
      const cluster = await running();
      await (on ? cluster.pause(node) : cluster.resume(node));
      const text = on ? `${node} is paused; it goes on after: resume ${node}` : `${node} goes on`;
      return { kind: "done", text, facts: { node, paused: on } };
    },
    link: async ({ between, state }) => linked(await running(), between, state),
  };
}

type Link = Extract<Statement, { kind: "link" }>;

async function linked(cluster: Cluster, between: Link["between"], state: Link["state"]): Promise<Reply> {
  const named = `the link between ${between[0]} and ${between[1]}`;
  const mend = `until: mend ${between.join(" ")}`;
  if (typeof state === "object") {
    await cluster.delay(...between, state.delayMs);
    return { kind: "done", text: `${named} is slower by ${state.delayMs} ms, ${mend}`, facts: { between, ...state } };
  }
  await cluster.cut(...between, state === "cut");
  if (state === "whole") await cluster.delay(...between, 0);
  const text = state === "cut" ? `${named} is cut, ${mend}` : `${named} is whole`;
  return { kind: "done", text, facts: { between, link: state } };
}
