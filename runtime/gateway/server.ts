/** The listening end of a cluster: one port for HTTP and links, on the loopback address only, with an orderly end. */

import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { getRequestListener } from "@hono/node-server";
import type { Cluster } from "../api.js";
import { AyesError } from "../errors.js";
import { describe } from "../json-shape.js";
import type { History } from "../past/past-api.js";
import { errorBody } from "./answers.js";
import { isLoopback, refusalOf } from "./guard.js";
import { createHttp } from "./http.js";
import { type LinkHello, type ServedLink, serveLink } from "./link-server.js";
import { LINK_NAME, LINK_PATH } from "./link-wire.js";
import type { Extra, HttpApp } from "./mounting.js";
import { Pages } from "./pages.js";
import { createPastHttp } from "./past.js";

/** Where to listen, and whether faults may be asked for. */
export type ServeOptions = {
  /** 0 takes a free one. */
  port: number;
  /** A loopback address, 127.0.0.1 unless told. */
  host?: string;
  chaos: boolean;
  /** How long a client may take for the next 64 KiB of a file that it sends, or take nothing of one that it reads: 60 s. */
  patienceMs?: number;
  /** A folder with a built web page, which a browser gets at `/`. Without one it gets what a program gets. */
  pages?: string;
  /** What else is served, with the same answers to mistakes. */
  extras?: readonly Extra[];
};

type PastOptions = Pick<ServeOptions, "port" | "host" | "pages">;

/** A cluster that listens. */
export type Serving = {
  url: string;
  port: number;
  /** Accepts no more, answers what is under way for at most about a second, and lets go. The cluster stays open. */
  close(): Promise<void>;
};

const HEADERS_TIMEOUT_MS = 60_000;
const PATIENCE_MS = 60_000;
const KEEP_ALIVE_MS = 65_000;
const CLOSE_WITHIN_MS = 1000;

/** Serves a cluster over HTTP and to `connect`. Rejects with `port-taken`, or `invalid` for an address open to others. */
export async function serve(
  cluster: Cluster,
  { port, host = "127.0.0.1", chaos, patienceMs = PATIENCE_MS, pages, extras = [] }: ServeOptions,
): Promise<Serving> {
  requireLoopback(host);
  requirePort(port);
  const hello = { cluster: (await cluster.status()).cluster, chaos };
  const built = pages === undefined ? {} : { pages: new Pages(pages) };
  const server = serverOf(createHttp(cluster, { chaos, patienceMs, extras, ...built }));
  return listening(server, acceptLinks(server, cluster, hello), port, host);
}

/** Serves the past of a cluster that does not run. Rejects as `serve`. */
export async function servePast(history: History, { port, host = "127.0.0.1", pages }: PastOptions): Promise<Serving> {
  requireLoopback(host);
  requirePort(port);
  const server = serverOf(createPastHttp(history, pages === undefined ? undefined : new Pages(pages)));
  return listening(server, new Set(), port, host);
}

function serverOf(http: HttpApp): Server {
  // A body takes as long as it takes: whoever reads it decides how long it may be silent.
  const server = createServer({
    requestTimeout: 0,
    headersTimeout: HEADERS_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
  });
  // The globals of a program that embeds us stay as they are.
  const listener = getRequestListener(http.fetch, { overrideGlobalObjects: false, errorHandler: answerToBadRequest });
  server.on("request", listener);
  // Whoever asks before sending a body is answered when somebody wants it, or with what is wrong.
  server.on("checkContinue", listener);
  return server;
}

async function listening(server: Server, links: Set<ServedLink>, port: number, host: string): Promise<Serving> {
  await listen(server, port, host);
  const { port: taken } = server.address() as AddressInfo;
  const url = `http://${host === "::1" ? "[::1]" : host}:${taken}`;
  return { url, port: taken, close: () => close(server, links) };
}

function requireLoopback(host: unknown): void {
  if (typeof host === "string" && isLoopback(host)) return;
  const detail = `host is ${describe(host)}; only 127.0.0.1, ::1 and localhost are served until there is authentication`;
  throw new AyesError("invalid", detail);
}

function requirePort(port: unknown): void {
  if (typeof port === "number" && Number.isInteger(port) && port >= 0 && port <= 65_535) return;
  throw new AyesError("invalid", `port must be an integer from 0 to 65535, not ${describe(port)}`);
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE") return reject(new AyesError("port-taken", `port ${port} of ${host} is taken`));
      reject(new AyesError("invalid", `cannot listen on port ${port} of ${host}: ${error.message}`));
    });
    server.listen(port, host, () => resolve());
  });
}

function acceptLinks(server: Server, cluster: Cluster, hello: LinkHello): Set<ServedLink> {
  const links = new Set<ServedLink>();
  server.on("upgrade", (incoming: IncomingMessage, socket: Duplex, head: Buffer) => {
    const refusal = refusalOfUpgrade(incoming);
    if (refusal) return refuseUpgrade(socket, refusal);
    const link = serveLink(socket, head, cluster, hello);
    links.add(link);
    socket.once("close", () => links.delete(link));
  });
  return links;
}

type UpgradeRefusal = { status: string; message: string; next: string };

function refusalOfUpgrade(incoming: IncomingMessage): UpgradeRefusal | undefined {
  const foreign = refusalOf(incoming);
  if (foreign) return { ...foreign, status: "403 Forbidden" };
  if (incoming.url === LINK_PATH && incoming.headers.upgrade === LINK_NAME) return undefined;
  const message = `a connection can only become a link, at ${LINK_PATH}`;
  return { status: "400 Bad Request", message, next: "leave the header upgrade out" };
}

function refuseUpgrade(socket: Duplex, { status, message, next }: UpgradeRefusal): void {
  const body = JSON.stringify(errorBody({ code: "invalid", detail: message }, next));
  const headers = [
    `HTTP/1.1 ${status}`,
    "Content-Type: application/json",
    `Content-Length: ${Buffer.byteLength(body)}`,
    "Connection: close",
  ];
  socket.on("error", () => {});
  socket.end(`${headers.join("\r\n")}\r\n\r\n${body}`, () => socket.destroy());
}

/** What the framework refuses before any of our code sees it. */
function answerToBadRequest(): Response {
  const detail = "the request's target or host header cannot be understood";
  return Response.json(errorBody({ code: "invalid", detail }), { status: 400 });
}

async function close(server: Server, links: ReadonlySet<ServedLink>): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  const late = setTimeout(() => server.closeAllConnections(), CLOSE_WITHIN_MS);
  await Promise.all([...links].map((link) => link.finish(CLOSE_WITHIN_MS)));
  await closed;
  clearTimeout(late);
}
