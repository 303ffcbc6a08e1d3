/** A cluster that serves HTTP for one test file, and a client that sends exactly what it is told. */

import { request as httpRequest } from "node:http";
import t, { type Test } from "tap";
import type { Cluster } from "../../runtime/api.js";
import { open } from "../../runtime/client.js";
import { type Serving, serve } from "../../runtime/gateway/server.js";

/** An answer, its body parsed. */
export type Reply = {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: Record<string, unknown>;
};
/** An answer whose body is no JSON. */
export type RawReply = Omit<Reply, "body"> & { bytes: Buffer };
type Sent = { method?: string; headers?: Record<string, string>; body?: string | Uint8Array };

const JSON_TYPE = { "content-type": "application/json" };
/** What a request for a fault carries. */
export const CHAOS = { ...JSON_TYPE, "x-ayes": "chaos" };

/** One real cluster, served with and without leave for faults. */
export class HttpSession {
  readonly cluster: Cluster;
  readonly serving: Serving;
  readonly quiet: Serving;

  private constructor(cluster: Cluster, serving: Serving, quiet: Serving) {
    this.cluster = cluster;
    this.serving = serving;
    this.quiet = quiet;
  }

  static async start(): Promise<HttpSession> {
    const cluster = await open({ temporary: true, replicas: 3, chaos: true });
    const serving = await serve(cluster, { port: 0, chaos: true });
    const quiet = await serve(cluster, { port: 0, chaos: false });
    t.teardown(async () => {
      await Promise.all([serving.close(), quiet.close()]);
      await cluster.close();
    });
    return new HttpSession(cluster, serving, quiet);
  }

  /** Sends the path exactly as it is written: `fetch` would tidy it. */
  async send(path: string, sent: Sent = {}, port = this.serving.port): Promise<Reply> {
    const { bytes, ...reply } = await this.raw(path, sent, port);
    return { ...reply, body: bytes.length > 0 ? JSON.parse(bytes.toString()) : {} };
  }

  /** Likewise, for any body. Rejects when it is cut off. */
  raw(path: string, { method = "GET", headers = {}, body }: Sent = {}, port = this.serving.port): Promise<RawReply> {
    return new Promise((resolve, reject) => {
      const request = httpRequest({ host: "127.0.0.1", port, path, method, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          resolve({ status: response.statusCode ?? 0, headers: response.headers, bytes: Buffer.concat(chunks) });
        });
      });
      request.on("error", reject);
      request.end(body);
    });
  }

  post(path: string, body: unknown, headers: Record<string, string> = JSON_TYPE): Promise<Reply> {
    return this.send(path, { method: "POST", headers, body: typeof body === "string" ? body : JSON.stringify(body) });
  }

  put(key: string, body: string | Uint8Array, headers = {}): Promise<Reply> {
    return this.send(`/v1/keys/${key}`, { method: "PUT", body, headers });
  }

  /** Whatever was refused: the answer says why and what to do, shows no insides, and the next request is served. */
  async refused(t: Test, reply: Reply, status: number, says: RegExp): Promise<void> {
    t.equal(reply.status, status, `${status}: ${JSON.stringify(reply.body).slice(0, 300)}`);
    t.match(reply.body, { error: { code: /^[a-z-]+$/, message: says, next: /./ } });
    t.notMatch(JSON.stringify(reply.body), /node_modules|\.js:\d|\.ts:\d|at \w+ \(/, "no stack trace");
    t.match(
      await this.put("alive", "1"),
      { status: 200, body: { outcome: "committed" } },
      "the next request is served",
    );
  }
}
