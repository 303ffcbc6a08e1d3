/** Decides which requests are refused for where they come from: a web page must not reach a cluster through a browser. */

import type { IncomingMessage } from "node:http";

/** Why a request is turned away. */
export type Refusal = { status: 403; message: string; next: string };

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?$/i;

/**
 * A page of another site can make a browser send requests here, and a host name of its own that resolves to 127.0.0.1
 * even lets it read the answers (DNS rebinding). Browsers tell both by these headers; other clients rarely notice.
 */
export function refusalOf(incoming: IncomingMessage): Refusal | undefined {
  const { host = "", origin } = incoming.headers;
  if (!LOOPBACK.test(host)) {
    const message = `this cluster answers on the loopback address only, not as ${JSON.stringify(host.slice(0, 80))}`;
    return { status: 403, message, next: "ask for localhost, 127.0.0.1 or [::1]" };
  }
  if (origin === undefined || incoming.method === "GET" || incoming.method === "HEAD") return undefined;
  if (origin.toLowerCase() === `http://${host.toLowerCase()}`) return undefined;
  const message = `a page of ${JSON.stringify(origin.slice(0, 80))} may not change this cluster`;
  return { status: 403, message, next: "call it from a program, or from a page that it serves" };
}

/** Whether a server may listen there. Elsewhere it would be open to everyone who reaches it. */
export function isLoopback(host: string): boolean {
  return host === "::1" || (LOOPBACK.test(host) && !host.includes(":"));
}
