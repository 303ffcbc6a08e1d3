/** Stepping over HTTP: what is held, on and off, and letting one go. */

import type { Cluster } from "../api.js";
import { AyesError } from "../errors.js";
import { checkFlag } from "../requests.js";
import { requireFields } from "../validation.js";
import { queryOf, readObject } from "./intake.js";
import { meant } from "./meant.js";
import { type Handler, type HttpApp, mount } from "./mounting.js";
import { STEP_ROUTES } from "./openapi-stepping.js";

export function mountStepping(app: HttpApp, cluster: Cluster, chaos: boolean): void {
  const allowed = (handler: Handler): Handler => {
    return async (request) => {
      if (!chaos) throw new AyesError("no-chaos");
      return handler(request);
    };
  };
  const read = allowed(async (request) => {
    queryOf(request, []);
    return { status: 200, body: await cluster.held() };
  });
  const step = meant("chaos", async (request) => {
    const body = await readObject(request);
    requireFields(body, ["on", "txn"], "the body");
    const { on, ...plan } = body;
    return { status: 200, body: await cluster.step(checkFlag(on, "on") ? plan : requireOff(plan)) };
  });
  const release = meant("chaos", async (request) => {
    const body = await readObject(request);
    requireFields(body, ["release"], "the body");
    const released = await cluster.release(body.release as number | "next");
    return { status: 200, body: { released: released ?? null, ...(await cluster.held()) } };
  });
  mount(app, STEP_ROUTES.readHeld, read);
  mount(app, STEP_ROUTES.step, allowed(step));
  mount(app, STEP_ROUTES.release, allowed(release));
}

function requireOff(plan: object): "off" {
  requireFields({ ...plan }, [], "the body without on");
  return "off";
}
