/** The HTTP interface: turns requests into calls of a cluster, and results into answers. Nothing is decided twice here. */

import { readFileSync } from "node:fs";
import type { Cluster, Key } from "../api.js";
import type { ChangeOptions } from "../constraint-api.js";
import { checkChangeOptions, checkConstraint, checkKinds, checkRequiredPrefix } from "../constraint-rules.js";
import { AyesError } from "../errors.js";
import { checkDamage, checkForce, checkPlan } from "../requests.js";
import { checkRule } from "../rules.js";
import { checkId, requireFields } from "../validation.js";
import { type Answer, answerToOutcome, answerToRead, answerToResult } from "./answers.js";
import { guardedApp } from "./app.js";
import { mountBallots } from "./ballots.js";
import { mountDoubt } from "./doubt.js";
import { eventsFrom, watchIn } from "./events.js";
import { mountFiles } from "./files.js";
import {
  deleteOf,
  jsonName,
  keyAndQueryOf,
  keysIn,
  nodeOf,
  numberOf,
  putOf,
  queryOf,
  type Request,
  readObject,
  readTransaction,
  readValue,
  subjectOf,
} from "./intake.js";
import { meant } from "./meant.js";
import { type Extra, type Handler, type HttpApp, mount, refuseOtherMethods, send } from "./mounting.js";
import { extraRoute, ROUTES } from "./openapi.js";
import { BALLOT_ROUTES } from "./openapi-ballots.js";
import { CONSTRAINT_ROUTES } from "./openapi-constraints.js";
import { DOUBT_ROUTES } from "./openapi-doubt.js";
import { FILE_ROUTES } from "./openapi-files.js";
import { READ_ROUTES } from "./openapi-reads.js";
import { STEP_ROUTES } from "./openapi-stepping.js";
import { TRACE_ROUTES } from "./openapi-traces.js";
import type { Pages } from "./pages.js";
import { answerToSnapshot, linesFrom, pageBody, readOptionsOf, scanOf, snapshotIn, wantsLines } from "./reads.js";
import { mountRecording, RECORDING_ROUTES } from "./recording.js";
import { mountStepping } from "./stepping.js";
import { mountTraces } from "./traces.js";

export type HttpOptions = {
  /** Whether faults may be asked for. */
  chaos: boolean;
  /** How long a client may take for the next part of a file. */
  patienceMs: number;
  /** What a browser gets. */
  pages?: Pages;
  extras: readonly Extra[];
};

const CHANGE_FIELDS = ["protocol", "deadlineMs"];
const VERSION = readVersion();

/** The application that serves a cluster. */
export function createHttp(cluster: Cluster, { chaos, patienceMs, pages, extras }: HttpOptions): HttpApp {
  const app = guardedApp();
  mountPages(app, pages);
  mountKeys(app, cluster);
  mountReads(app, cluster);
  mountFiles(app, cluster, patienceMs);
  mountTransactions(app, cluster);
  mount(app, READ_ROUTES.watch, (request) => eventsFrom(request, cluster, watchIn(request)));
  mountValidators(app, cluster);
  mountBallots(app, cluster);
  mountConstraints(app, cluster);
  mountFaults(app, cluster, chaos);
  mountStepping(app, cluster, chaos);
  mountHealing(app, cluster);
  mountTraces(app, cluster);
  mountRecording(app, cluster);
  mountDoubt(app, cluster);
  for (const extra of extras) mountExtra(app, extra);
  const reading = { ...READ_ROUTES, ...TRACE_ROUTES, ...DOUBT_ROUTES, ...RECORDING_ROUTES };
  const ruling = { ...CONSTRAINT_ROUTES, ...BALLOT_ROUTES, ...STEP_ROUTES };
  const described = Object.values({ ...ROUTES, ...reading, ...FILE_ROUTES, ...ruling });
  refuseOtherMethods(app, [...described, ...extras.map(extraRoute)]);
  return app;
}

function mountPages(app: HttpApp, pages: Pages | undefined): void {
  app.get("/", (request) => pages?.index(request) ?? send(request, { ...WELCOME, headers: { vary: "accept" } }));
  pages?.mount(app);
  const info = { title: "Ayes", version: VERSION, description: "A cluster that commits: all operations or none." };
  let document: object | undefined;
  app.get("/v1/openapi.json", (request) => {
    document ??= app.getOpenAPI31Document({ openapi: "3.1.0", info });
    return send(request, { status: 200, body: document });
  });
}

const WELCOME: Answer = {
  status: 200,
  body: {
    name: "ayes",
    version: VERSION,
    says: "A cluster that commits: all operations or none.",
    links: {
      status: "/v1/status",
      openapi: "/v1/openapi.json",
      keys: "/v1/keys/{key}",
      files: "/v1/files/{path}",
      transactions: "/v1/transactions",
      constraints: "/v1/constraints",
    },
  },
};

function mountKeys(app: HttpApp, cluster: Cluster): void {
  const read = async (request: Request) => {
    const { key, query } = keyAndQueryOf(request, ["read", "replica", "deadlineMs"]);
    return answerToRead(await cluster.get(key, readOptionsOf(query)));
  };
  const put = async (request: Request) => {
    const { key, options } = putOf(request);
    return answerToResult(await cluster.put(key, await readValue(request), options));
  };
  const del = async (request: Request) => {
    const { key, options } = deleteOf(request);
    return answerToResult(await cluster.del(key, options));
  };
  mount(app, ROUTES.readKey, read);
  mount(app, ROUTES.putKey, put);
  mount(app, ROUTES.deleteKey, del);
  mount(app, ROUTES.readAnyKey, read);
  mount(app, ROUTES.putAnyKey, put);
  mount(app, ROUTES.deleteAnyKey, del);
}

function mountReads(app: HttpApp, cluster: Cluster): void {
  mount(app, READ_ROUTES.scan, async (request) => {
    const { query, options } = scanOf(request);
    const page = await cluster.scan(query, options);
    return wantsLines(request) ? linesFrom(request, page, cluster, options) : { status: 200, body: pageBody(page) };
  });
  mount(app, READ_ROUTES.snapshot, async (request) => {
    const { query, options } = await snapshotIn(request);
    return answerToSnapshot(await cluster.snapshot(query, options));
  });
}

function mountTransactions(app: HttpApp, cluster: Cluster): void {
  mount(app, ROUTES.transact, async (request) => {
    const { operations, options } = await readTransaction(request);
    return answerToResult(await cluster.transact(operations, options));
  });
  mount(app, ROUTES.readOutcome, async (request) => {
    queryOf(request, []);
    return answerToOutcome(await cluster.outcome(checkId(subjectOf(request, "/v1/transactions/"))));
  });
  mount(app, ROUTES.readLocks, async (request) => {
    queryOf(request, []);
    return { status: 200, body: { locks: await cluster.locks() } };
  });
  mount(app, ROUTES.readLog, async (request) => {
    const node = nodeOf(request, "/log");
    const { limit } = queryOf(request, ["limit"]);
    const records = await cluster.log(node, limit === undefined ? undefined : (numberOf(limit) as number));
    return { status: 200, body: { node, records } };
  });
  mount(app, ROUTES.readStatus, async () => ({ status: 200, body: await cluster.status() }));
}

function mountValidators(app: HttpApp, cluster: Cluster): void {
  const nodeIn = (request: Request) => nodeOf(request, "/validator");
  mount(app, ROUTES.readValidator, async (request) => {
    const node = nodeIn(request);
    return { status: 200, body: { node, validator: await cluster.validator(node) } };
  });
  mount(app, ROUTES.putValidator, async (request) => {
    const node = nodeIn(request);
    return {
      status: 200,
      body: { node, validator: await cluster.validate(node, checkRule(await readObject(request))) },
    };
  });
}

function mountConstraints(app: HttpApp, cluster: Cluster): void {
  mount(app, CONSTRAINT_ROUTES.readConstraints, async (request) => {
    queryOf(request, []);
    return { status: 200, body: { constraints: await cluster.constraints() } };
  });
  mount(app, CONSTRAINT_ROUTES.putConstraint, async (request) => {
    const options = changeOptionsOf(queryOf(request, CHANGE_FIELDS));
    const { prefix, rules } = checkConstraint(await readObject(request));
    return answerToResult(await cluster.constrain(prefix, rules, options));
  });
  mount(app, CONSTRAINT_ROUTES.deleteConstraint, async (request) => {
    const query = queryOf(request, ["prefix", jsonName("prefix"), "kinds", ...CHANGE_FIELDS]);
    const { prefix } = keysIn(query, ["prefix"]);
    const named = query.kinds === undefined ? undefined : checkKinds(query.kinds.split(","));
    checkRequiredPrefix(prefix);
    return answerToResult(await cluster.unconstrain(prefix as Key, named, changeOptionsOf(query)));
  });
}

function changeOptionsOf({ protocol, deadlineMs }: Record<string, string>): ChangeOptions {
  return checkChangeOptions({ protocol, ...(deadlineMs !== undefined && { deadlineMs: numberOf(deadlineMs) }) });
}

function mountFaults(app: HttpApp, cluster: Cluster, chaos: boolean): void {
  const allowed = (handler: Handler) => (request: Request) => {
    if (!chaos) throw new AyesError("no-chaos");
    return meant("chaos", handler)(request);
  };
  const crash = async (request: Request) => {
    const node = nodeOf(request, "/crash");
    const plan = checkPlan(await readObject(request));
    await cluster.crash(node, plan);
    return { status: 200, body: { node, crash: plan.at ?? "now" } };
  };
  const restart = async (request: Request) => {
    const node = nodeOf(request, "/restart");
    requireFields(await readObject(request), [], "the body");
    await cluster.restart(node);
    return { status: 200, body: { node, state: "up" } };
  };
  const pause = async (request: Request) => {
    const node = nodeOf(request, "/pause");
    requireFields(await readObject(request), [], "the body");
    await cluster.pause(node);
    return { status: 200, body: { node, paused: true } };
  };
  const resume = async (request: Request) => {
    const node = nodeOf(request, "/resume");
    requireFields(await readObject(request), [], "the body");
    await cluster.resume(node);
    return { status: 200, body: { node, paused: false } };
  };
  mount(app, ROUTES.pause, allowed(pause));
  mount(app, ROUTES.resume, allowed(resume));
  mount(
    app,
    ROUTES.damageLink,
    allowed((request) => damageLink(request, cluster)),
  );
  mount(app, ROUTES.crash, allowed(crash));
  mount(app, ROUTES.restart, allowed(restart));
}

function mountExtra(app: HttpApp, extra: Extra): void {
  const isRead = extra.method === "get";
  const [front, tail] = extra.path.split("{id}");
  const answer = async (request: Request) => {
    const id = tail === undefined ? undefined : subjectOf(request, front ?? "");
    return { status: 200, body: await extra.answer(isRead ? {} : await readObject(request), id) };
  };
  mount(app, extraRoute(extra), isRead ? answer : meant(extra.word, answer));
}

async function damageLink(request: Request, cluster: Cluster): Promise<Answer> {
  const { between, cut, delayMs } = checkDamage(await readObject(request));
  if (cut !== undefined) await cluster.cut(...between, cut);
  if (delayMs !== undefined) await cluster.delay(...between, delayMs);
  return { status: 200, body: { links: (await cluster.status()).links ?? [] } };
}

function mountHealing(app: HttpApp, cluster: Cluster): void {
  const repair = meant("repair", async (request) => {
    const node = nodeOf(request, "/repair");
    const force = checkForce(await readObject(request));
    return { status: 200, body: await cluster.repair(node, { force }) };
  });
  const verify = meant("verify", async (request) => {
    requireFields(await readObject(request), [], "the body");
    return { status: 200, body: await cluster.verify() };
  });
  mount(app, ROUTES.repair, repair);
  mount(app, ROUTES.verify, verify);
}

function readVersion(): string {
  const text = readFileSync(new URL("../../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}
