/** Links between processes of one machine: each address listens on a socket of its own and dials the others. */

import { rmSync } from "node:fs";
import { createServer, connect as dial, type Server, type Socket } from "node:net";
import { platform } from "node:os";
import { join } from "node:path";
import type { Envelope } from "../../actors/message.js";
import type { Address } from "../../actors/transaction.js";
import { isEnvelope } from "./envelope.js";
import { encodeFrame, FrameReader } from "./frames.js";
import type { Deliver, Transport } from "./transport.js";

export type SocketOptions = {
  /** The folder of the sockets, readable only by their owner. */
  folder: string;
  /** Links of another cluster are refused. */
  cluster: string;
  self: Address;
  /** Where to dial instead: a folder with a socket `SOURCE-TARGET` for each link, of somebody who stands in between. */
  detour?: string | undefined;
};

/** A peer that does not read holds up at most this; beyond it, envelopes are lost. */
const BACKLOG_BYTES = 64 * 1024 * 1024;

export class SocketTransport implements Transport {
  readonly #options: SocketOptions;
  readonly #deliver: Deliver;
  readonly #outgoing = new Map<Address, Socket>();
  readonly #incoming = new Set<Socket>();
  #server: Server | undefined;
  #closed = false;

  constructor(options: SocketOptions, deliver: Deliver) {
    this.#options = options;
    this.#deliver = deliver;
  }

  /** Resolves once peers can dial this address. */
  listen(): Promise<void> {
    const path = socketPath(this.#options.folder, this.#options.self);
    if (platform() !== "win32") rmSync(path, { force: true });
    const server = createServer((socket) => this.#accept(socket));
    this.#server = server;
    return new Promise((resolve, reject) => {
      server.once("error", reject);
      server.listen(path, () => resolve());
    });
  }

  send(envelope: Envelope): void {
    if (this.#closed) return;
    const socket = this.#outgoing.get(envelope.target) ?? this.#dial(envelope.target);
    if (socket.writableLength < BACKLOG_BYTES) socket.write(encodeFrame(envelope));
  }

  close(): void {
    this.#closed = true;
    this.#server?.close();
    for (const socket of [...this.#outgoing.values(), ...this.#incoming]) socket.destroy();
  }

  /** What is written before the peer answers is kept; if it is not there, all of that is lost. */
  #dial(peer: Address): Socket {
    const { folder, detour, self } = this.#options;
    const socket = dial(detour === undefined ? socketPath(folder, peer) : socketPath(detour, `${self}-${peer}`));
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      if (this.#outgoing.get(peer) === socket) this.#outgoing.delete(peer);
    });
    this.#outgoing.set(peer, socket);
    socket.write(encodeFrame({ cluster: this.#options.cluster }));
    return socket;
  }

  /** A link that says anything but envelopes of this cluster for this address is closed, and changes nothing. */
  #accept(socket: Socket): void {
    const reader = new FrameReader();
    let greeted = false;
    this.#incoming.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => this.#incoming.delete(socket));
    socket.on("data", (chunk) => {
      try {
        for (const frame of reader.push(chunk)) {
          if (greeted) this.#receive(frame);
          else this.#greet(frame);
          greeted = true;
        }
      } catch {
        socket.destroy();
      }
    });
  }

  #greet(frame: unknown): void {
    if ((frame as { cluster?: unknown } | undefined)?.cluster !== this.#options.cluster)
      throw new Error("wrong cluster");
  }

  #receive(frame: unknown): void {
    if (!isEnvelope(frame) || frame.target !== this.#options.self) throw new Error("not an envelope for this address");
    this.#deliver(frame);
  }
}

function socketPath(folder: string, address: Address): string {
  return platform() === "win32" ? `\\\\.\\pipe\\${folder.replaceAll(/\W/g, "-")}-${address}` : join(folder, address);
}
