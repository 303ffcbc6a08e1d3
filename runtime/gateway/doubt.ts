/** Transactions in doubt over HTTP: what they are, and what a person forces. */

import type { Cluster } from "../api.js";
import type { Order, ResolveOptions } from "../doubt-api.js";
import { requireFields } from "../validation.js";
import { queryOf, readObject, subjectOf } from "./intake.js";
import { meant } from "./meant.js";
import { type HttpApp, mount } from "./mounting.js";
import { DOUBT_ROUTES } from "./openapi-doubt.js";

export function mountDoubt(app: HttpApp, { doubt }: Cluster): void {
  mount(app, DOUBT_ROUTES.readDoubt, async (request) => {
    queryOf(request, []);
    return { status: 200, body: { doubts: await doubt.list() } };
  });
  const resolve = meant("doubt", async (request) => {
    const txn = subjectOf(request, "/v1/doubt/");
    const body = await readObject(request);
    requireFields(body, ["order", "reason", "nodes", "by"], "the body");
    const { order, ...options } = body;
    if (order === "forget") return { status: 200, body: await doubt.forget(txn) };
    return { status: 200, body: await doubt.resolve(txn, order as Order, options as ResolveOptions) };
  });
  mount(app, DOUBT_ROUTES.resolveDoubt, resolve);
}
