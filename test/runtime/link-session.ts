/** A cluster that serves links for one test file, with wires that can be cut and links that say what no client would. */

import { once } from "node:events";
import { request } from "node:http";
import { type AddressInfo, connect as connectSocket, createServer, type Server, type Socket } from "node:net";
import t, { type Test } from "tap";
import { until } from "../../cli/torture/polling.js";
import type { Cluster } from "../../runtime/api.js";
import { open } from "../../runtime/client.js";
import type { AyesError } from "../../runtime/errors.js";
import { connectLink } from "../../runtime/gateway/link.js";
import { type Serving, serve } from "../../runtime/gateway/server.js";
import { FrameReader } from "../../runtime/transport/frames.js";

/** One real cluster, served. */
export type LinkSession = { cluster: Cluster; serving: Serving };

/** Opens and serves a cluster until the test file ends. */
export async function startLinks(): Promise<LinkSession> {
  const cluster = await open({ temporary: true, replicas: 3, chaos: true });
  const serving = await serve(cluster, { port: 0, chaos: true });
  t.teardown(async () => {
    await serving.close();
    await cluster.close();
  });
  return { cluster, serving };
}

/** Some time. */
export function passing(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** A link that ends with its test. */
export async function linked(t: Test, url: string): Promise<Cluster> {
  const link = await connectLink(url);
  t.teardown(() => link.close());
  return link;
}

/** Resolves when a link knows that it has no connection, and why: a call that does not leave then says so. */
export async function hasNoticed(link: Cluster, why = /./): Promise<void> {
  const isRefused = async () => {
    const { code, message } = await link.get("a", { deadlineMs: 50 }).then(
      () => ({ code: "", message: "" }),
      (error: AyesError) => error,
    );
    return code === "no-cluster" && why.test(message);
  };
  await until("the link knows that it is cut", isRefused);
}

/** A wire with a person on it: passes everything on, or keeps what the cluster answers, or is cut. */
export class Wire {
  readonly #server: Server;
  readonly #pairs = new Set<[Socket, Socket]>();
  keepsAnswers = false;

  private constructor(server: Server, targetPort: () => number) {
    this.#server = server;
    server.on("connection", (near) => {
      const far = connectSocket(targetPort(), "127.0.0.1");
      const pair: [Socket, Socket] = [near, far];
      this.#pairs.add(pair);
      near.on("data", (chunk) => far.write(chunk));
      far.on("data", (chunk) => this.keepsAnswers || near.write(chunk));
      for (const [socket, other] of [pair, [far, near] as const]) {
        socket.on("error", () => {});
        socket.on("close", () => {
          other.destroy();
          this.#pairs.delete(pair);
        });
      }
    });
  }

  static async stretch(t: Test, targetPort: () => number): Promise<Wire> {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const wire = new Wire(server, targetPort);
    t.teardown(() => wire.down());
    return wire;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  cut(): void {
    for (const [near] of this.#pairs) near.destroy();
  }

  down(): void {
    this.#server.close();
    this.cut();
  }
}

/** A link by hand, to send what our own client never would. */
export async function rawLink(t: Test, port: number): Promise<{ socket: Socket; next: () => Promise<unknown> }> {
  const socket = await new Promise<Socket>((resolve) => {
    const attempt = request({ port, host: "127.0.0.1", path: "/v1/link", agent: false });
    attempt.setHeader("connection", "Upgrade").setHeader("upgrade", "ayes");
    attempt.once("upgrade", (_, upgraded, head) => {
      upgraded.unshift(head);
      resolve(upgraded);
    });
    attempt.end();
  });
  t.teardown(() => socket.destroy());
  const reader = new FrameReader();
  const frames = (async function* () {
    for await (const chunk of socket) yield* reader.push(chunk as Buffer);
  })();
  return { socket, next: async () => (await frames.next()).value };
}
