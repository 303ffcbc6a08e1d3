/** How a described request is served: each route with its handler, an answer for every other method, JSON for all of it. */

import type { HttpBindings } from "@hono/node-server";
import type { OpenAPIHono, RouteConfig } from "@hono/zod-openapi";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { type Answer, errorBody } from "./answers.js";
import type { Request } from "./intake.js";

export type Handler = (request: Request) => Promise<Answer | Response>;
/** An application that answers requests of Node's HTTP server. */
export type HttpApp = OpenAPIHono<{ Bindings: HttpBindings }>;

/** A call that somebody else serves beside ours: JSON is posted, with a word that says it is meant, or read; JSON answers. */
export type Extra = {
  name: string;
  method?: "get" | "post";
  /** It may end in `{id}`, which is then told. */
  path: string;
  summary: string;
  word: string;
  answer(body: Record<string, unknown>, id?: string): Promise<object>;
};

const HEADERS = { "cache-control": "no-store", "x-content-type-options": "nosniff" };

/** Describes a route in the OpenAPI document and serves it. */
export function mount(app: HttpApp, route: RouteConfig, handler: Handler): void {
  app.openAPIRegistry.registerPath(route);
  app.on(route.method.toUpperCase(), patternOf(route.path), async (request) => {
    const answer = await handler(request);
    return answer instanceof Response ? answer : send(request, answer);
  });
}

/** After all routes are mounted. */
export function refuseOtherMethods(app: HttpApp, routes: readonly Pick<RouteConfig, "path" | "method">[]): void {
  const methods = new Map<string, string[]>([
    ["/", ["GET"]],
    ["/v1/openapi.json", ["GET"]],
  ]);
  for (const { path, method } of routes) {
    const pattern = patternOf(path);
    methods.set(pattern, [...(methods.get(pattern) ?? []), method.toUpperCase()]);
  }
  for (const [pattern, allowed] of methods) {
    app.all(pattern, (request) => {
      request.header("allow", allowed.join(", "));
      return send(request, refusal(405, `${request.req.method} is not served here`, `use ${allowed.join(" or ")}`));
    });
  }
}

/** Keys, files and ids may contain slashes; the name of a node may not. */
function patternOf(path: string): string {
  return path.replace("/nodes/{id}/", "/nodes/:id/").replace(/\{(\w+)\}$/, ":$1{.*}");
}

/** A refusal for which HTTP has a status of its own. */
export function refusal(status: number, detail: string, next: string): Answer {
  return { status, body: errorBody({ code: "invalid", detail }, next) };
}

export function send(request: Request, { status, body, headers }: Answer): Response {
  return request.json(body, status as ContentfulStatusCode, { ...HEADERS, ...headers });
}
