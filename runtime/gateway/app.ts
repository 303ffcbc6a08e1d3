/** An application before anything is served: nobody foreign is answered, and each mistake gets the same kind of answer. */

import type { HttpBindings } from "@hono/node-server";
import { OpenAPIHono } from "@hono/zod-openapi";
import { asAyesError } from "../errors.js";
import { type Answer, answerToError, errorBody } from "./answers.js";
import { refusalOf } from "./guard.js";
import { pathOf, type Request } from "./intake.js";
import { type HttpApp, refusal, send } from "./mounting.js";

export function guardedApp(): HttpApp {
  // The path stays as it was sent: decoding it once, and only the key, is our own business.
  const app: HttpApp = new OpenAPIHono({ getPath: (_, given) => pathOf(given?.env as HttpBindings) });
  app.use(async (request, next) => {
    const foreign = refusalOf(request.env.incoming);
    return foreign ? send(request, refusal(foreign.status, foreign.message, foreign.next)) : next();
  });
  app.onError((error, request) => send(request, answerToError(asAyesError(error))));
  app.notFound((request) => send(request, noSuchPage(request)));
  return app;
}

function noSuchPage(request: Request): Answer {
  const message = `there is no ${pathOf(request.env).slice(0, 200)}`;
  return { status: 404, body: errorBody({ code: "not-found", detail: message }, "see / and /v1/openapi.json") };
}
