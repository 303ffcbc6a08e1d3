/** Makes one connection to a cluster and turns it into a link, or says why that cannot be. */

import { request } from "node:http";
import type { Socket } from "node:net";
import { AyesError } from "../errors.js";
import { FrameReader } from "../transport/frames.js";
import { isGreeting, LINK_NAME, LINK_PATH, LINK_VERSION } from "./link-wire.js";

const GREETING_TIMEOUT_MS = 5000;

/** A link whose server has greeted. Whatever came behind the greeting is in `early`. */
export type DialedLink = { socket: Socket; cluster: string; reader: FrameReader; early: unknown[] };

/** The address of a cluster. Only `http://host:port` is one. */
export function parseUrl(url: string): URL {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed?.protocol === "https:") {
    throw new AyesError("invalid", `${url}: https is not served yet; use http:// on this machine`);
  }
  const plain = parsed?.protocol === "http:" && parsed.pathname === "/" && !parsed.search && !parsed.username;
  if (parsed && plain) return parsed;
  throw new AyesError("invalid", `${JSON.stringify(url)} is no address of a cluster; write http://127.0.0.1:7411`);
}

/** Connects once. Rejects with `no-cluster` or `other-version`. */
export async function dial(url: URL): Promise<DialedLink> {
  const { socket, head } = await upgrade(url);
  try {
    return await receiveGreeting(url, socket, head);
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

function upgrade(url: URL): Promise<{ socket: Socket; head: Buffer }> {
  return new Promise((resolve, reject) => {
    const attempt = request(new URL(LINK_PATH, url), {
      agent: false,
      headers: { connection: "Upgrade", upgrade: LINK_NAME },
      timeout: GREETING_TIMEOUT_MS,
    });
    attempt.once("upgrade", (_, socket, head) => {
      resolve({ socket, head });
    });
    attempt.once("response", (response) => {
      response.destroy();
      reject(noCluster(url, `something answers there (status ${response.statusCode}), but no cluster`));
    });
    attempt.once("timeout", () => attempt.destroy(new Error("no answer in time")));
    attempt.on("error", (error) => reject(noCluster(url, reasonOf(error))));
    attempt.end();
  });
}

function receiveGreeting(url: URL, socket: Socket, head: Buffer): Promise<DialedLink> {
  const reader = new FrameReader();
  return new Promise<DialedLink>((resolve, reject) => {
    const lost = () => reject(noCluster(url, "the connection ended before the greeting"));
    socket.setTimeout(GREETING_TIMEOUT_MS, lost);
    const receive = (chunk: Buffer) => {
      try {
        const [greeting, ...early] = [...reader.push(chunk)];
        if (greeting === undefined) return;
        socket.setTimeout(0).off("timeout", lost).off("data", receive).off("close", lost).pause();
        resolve({ socket, cluster: clusterOf(url, greeting), reader, early });
      } catch (error) {
        reject(error instanceof AyesError ? error : noCluster(url, "what answers there does not speak our language"));
      }
    };
    socket.on("error", () => {});
    socket.once("close", lost);
    socket.on("data", receive);
    if (head.length > 0) receive(head);
  });
}

function clusterOf(url: URL, greeting: unknown): string {
  if (!isGreeting(greeting)) throw noCluster(url, "what answers there does not greet as a cluster");
  if (greeting.ayes === LINK_VERSION) return greeting.cluster;
  const detail = `${url.origin} speaks version ${greeting.ayes} of the link, this program version ${LINK_VERSION}`;
  throw new AyesError("other-version", detail);
}

function noCluster(url: URL, reason: string): AyesError {
  return new AyesError("no-cluster", `${url.origin}: ${reason}`);
}

/** A failed connection to a name with several addresses is an error without words of its own. */
function reasonOf(error: Error): string {
  const [first] = error instanceof AggregateError ? (error.errors as Error[]) : [];
  return error.message || first?.message || "no connection";
}
