/** Links between processes over TCP, meant for those of one machine. They are the failure detector too: a link that closes is a death. */

import { createServer, connect as dial, type Server, type Socket } from "node:net";
import type { Envelope } from "../../actors/message.js";
import type { Address } from "../../actors/transaction.js";
import { isEnvelope } from "./envelope.js";
import { encodeFrame, FrameReader } from "./frames.js";
import type { Deliver, Transport } from "./transport.js";

export type TcpOptions = {
  /** Links of another cluster are refused. */
  cluster: string;
  self: Address;
  /** This incarnation, greater than all before. */
  epoch: number;
  /** Where each address listens, also those that may never be started. No two share a port, wherever they are. */
  ports: ReadonlyMap<Address, number>;
  /** On which machine; 127.0.0.1 for those that are left out. */
  hosts?: ReadonlyMap<Address, string>;
};

/** What the failure detector says about one incarnation of a peer. */
export type Word = { peer: Address; epoch: number; up: boolean };

type Hello = { cluster: string; source: Address; epoch: number };

type Peer = {
  readonly address: Address;
  readonly host: string;
  readonly port: number;
  /** Of two peers the one with the lower port dials: there is one link for both ways, and no question of which. */
  readonly isDialled: boolean;
  link: Socket | undefined;
  /** The last incarnation that was linked. */
  epoch: number;
  /** Whether it is known if it was there when we started. */
  settled: boolean;
};

/** A peer that is down is dialled again after this. */
const REDIAL_MS = 50;
/** A peer that does not read holds up at most this; beyond it, envelopes are lost. */
const BACKLOG_BYTES = 64 * 1024 * 1024;
const HOST = "127.0.0.1";
/** What dialling one that does not listen ends with; all but the first between machines only. */
const NOBODY_THERE: ReadonlySet<string | undefined> = new Set([
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ETIMEDOUT",
]);

/**
 * Between processes of one machine the detector is reliable: the kernel closes the sockets of a process that ends,
 * however it ends, and of no other. One that hangs or is stopped is up. Between machines none of this holds. A link
 * that is closed because of what came over it counts as a death too: that incarnation is never linked again.
 *
 * Of each peer and incarnation e is heard, in this order: up (once), its envelopes, down (once), and only then anything
 * of a later incarnation. What a peer had sent when it died is delivered before its death is told.
 */
export class TcpTransport implements Transport {
  readonly #options: TcpOptions;
  readonly #deliver: Deliver;
  readonly #hear: (word: Word) => void;
  readonly #peers: ReadonlyMap<Address, Peer>;
  readonly #sockets = new Set<Socket>();
  readonly #settled: Promise<void>;
  #allSettled: () => void = () => undefined;
  #server: Server | undefined;
  #closed = false;

  constructor(options: TcpOptions, deliver: Deliver, hear: (word: Word) => void) {
    this.#options = options;
    this.#deliver = deliver;
    this.#hear = hear;
    const own = portOf(options.self, options);
    const others = [...options.ports].filter(([address]) => address !== options.self);
    this.#peers = new Map(
      others.map(([address, port]) => [
        address,
        {
          address,
          host: hostOf(address, options),
          port,
          isDialled: own < port,
          link: undefined,
          epoch: -1,
          settled: false,
        },
      ]),
    );
    this.#settled = new Promise((resolve) => {
      this.#allSettled = resolve;
    });
  }

  /** Resolves once peers can dial this address, and begins to look for them. Rejects when the port is taken. */
  async listen(): Promise<void> {
    const server = createServer((socket) => this.#accept(socket));
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      const { self } = this.#options;
      server.listen(portOf(self, this.#options), hostOf(self, this.#options), () => resolve());
    });
    if (this.#peers.size === 0) this.#allSettled();
    for (const peer of this.#peers.values()) this.#call(peer);
  }

  /**
   * Resolves when everybody who listened before this address did has been heard of. Since each listens before it looks
   * for others, of two that start at the same time at least one knows of the other by then.
   */
  settled(): Promise<void> {
    return this.#settled;
  }

  send(envelope: Envelope): void {
    const link = this.#peers.get(envelope.target)?.link;
    if (!link || this.#closed || link.writableLength >= BACKLOG_BYTES) return;
    link.write(encodeFrame(envelope));
  }

  close(): void {
    this.#closed = true;
    this.#server?.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Dials one that we dial. Of another we only learn whether it is there: then it will dial us within moments. */
  #call(peer: Peer): void {
    if (this.#closed || peer.link || (peer.settled && !peer.isDialled)) return;
    const socket = this.#own(dial({ port: peer.port, host: peer.host }));
    socket.on("connect", () => (peer.isDialled ? socket.write(this.#hello()) : socket.destroy()));
    socket.on("error", (error: NodeJS.ErrnoException) => {
      if (NOBODY_THERE.has(error.code)) this.#settle(peer);
    });
    socket.on("close", () => setTimeout(() => this.#call(peer), REDIAL_MS).unref());
    if (peer.isDialled) this.#read(socket, (hello) => (hello.source === peer.address ? peer : undefined));
  }

  #accept(socket: Socket): void {
    this.#own(socket);
    this.#read(socket, ({ source }) => {
      const peer = this.#peers.get(source);
      return peer?.isDialled === false ? peer : undefined;
    });
  }

  #own(socket: Socket): Socket {
    this.#sockets.add(socket);
    socket.setNoDelay(true);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => this.#sockets.delete(socket));
    return socket;
  }

  /** First a hello, then envelopes. A link that says anything else is closed, and changes nothing. */
  #read(socket: Socket, whose: (hello: Hello) => Peer | undefined): void {
    const reader = new FrameReader();
    let peer: Peer | undefined;
    socket.on("data", (chunk) => {
      try {
        for (const frame of reader.push(chunk)) {
          if (peer) this.#receive(peer, socket, frame);
          else peer = this.#greet(socket, frame, whose);
        }
      } catch {
        socket.destroy();
      }
    });
  }

  #greet(socket: Socket, frame: unknown, whose: (hello: Hello) => Peer | undefined): Peer {
    const peer = isHello(frame) && frame.cluster === this.#options.cluster ? whose(frame) : undefined;
    const { epoch } = frame as Hello;
    if (!peer || epoch <= peer.epoch) throw new Error("not the hello of a new incarnation of a peer of this cluster");
    // The end of the incarnation before may still be on its way: first all that it said, then its death, then this one.
    if (peer.link) peer.link.once("close", () => this.#admit(peer, socket, epoch));
    else this.#admit(peer, socket, epoch);
    return peer;
  }

  /** A peer is up when both know of each other: who dials has said hello and speaks on when it is answered. */
  #admit(peer: Peer, socket: Socket, epoch: number): void {
    if (this.#closed || socket.destroyed) return;
    if (peer.link || epoch <= peer.epoch) return void socket.destroy();
    if (!peer.isDialled) socket.write(this.#hello());
    peer.link = socket;
    peer.epoch = epoch;
    socket.on("close", () => {
      peer.link = undefined;
      if (!this.#closed) this.#hear({ peer: peer.address, epoch, up: false });
    });
    this.#hear({ peer: peer.address, epoch, up: true });
    this.#settle(peer);
  }

  #receive(peer: Peer, socket: Socket, frame: unknown): void {
    if (this.#closed) return;
    const isFit = peer.link === socket && isEnvelope(frame) && frame.target === this.#options.self;
    if (!isFit || frame.source !== peer.address) throw new Error("not an envelope of this peer for this address");
    this.#deliver(frame);
  }

  #settle(peer: Peer): void {
    peer.settled = true;
    if ([...this.#peers.values()].every(({ settled }) => settled)) this.#allSettled();
  }

  #hello(): Buffer {
    const { cluster, self, epoch } = this.#options;
    const hello: Hello = { cluster, source: self, epoch };
    return encodeFrame(hello);
  }
}

function portOf(address: Address, { ports }: TcpOptions): number {
  const port = ports.get(address);
  if (port === undefined) throw new Error(`${address} has no port`);
  return port;
}

function hostOf(address: Address, { hosts }: TcpOptions): string {
  return hosts?.get(address) ?? HOST;
}

function isHello(frame: unknown): frame is Hello {
  const { cluster, source, epoch } = (frame ?? {}) as Partial<Hello>;
  return typeof cluster === "string" && typeof source === "string" && Number.isSafeInteger(epoch);
}
