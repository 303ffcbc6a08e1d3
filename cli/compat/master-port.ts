/** The port on which a process hears its master. */

import { createServer, type Server, type Socket } from "node:net";
import { Problem } from "../language/problem.js";
import type { Front } from "./front.js";
import { type Answer, encodeAnswer, type Framing, LineReader } from "./lines.js";

const HOST = "127.0.0.1";

/** It takes connections before anybody can serve them: what they say waits. */
export class MasterPort {
  readonly #framing: Framing;
  readonly #server: Server;
  readonly #masters = new Set<Socket>();
  #front: Front | undefined;

  constructor(framing: Framing) {
    this.#framing = framing;
    this.#server = createServer({ pauseOnConnect: true, noDelay: true }, (socket) => this.#accept(socket));
  }

  /** Rejects with a `Problem` when the port cannot be had. */
  listen(port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", (error: NodeJS.ErrnoException) => {
        const why = error.code === "EADDRINUSE" ? "is in use" : `cannot be listened on (${error.code})`;
        reject(new Problem(`port ${port} for the master ${why}; take another one`));
      });
      this.#server.listen(port, HOST, () => resolve());
    });
  }

  /** From now on this front does what masters say. */
  serve(front: Front): void {
    this.#front = front;
    for (const socket of this.#masters) this.#attend(socket, front);
  }

  /** Tells every master that is connected. */
  announce(answer: Answer): void {
    for (const socket of this.#masters) this.#tell(socket, answer);
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#masters) socket.destroy();
  }

  #accept(socket: Socket): void {
    this.#masters.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => this.#masters.delete(socket));
    if (this.#front) this.#attend(socket, this.#front);
  }

  #attend(socket: Socket, front: Front): void {
    const reader = new LineReader();
    for (const answer of front.greeting()) this.#tell(socket, answer);
    socket.on("data", (chunk) => {
      for (const line of reader.push(chunk)) front.hear(line, (answer) => this.#tell(socket, answer));
    });
    socket.resume();
  }

  #tell(socket: Socket, answer: Answer): void {
    if (socket.writable) socket.write(encodeAnswer(answer, this.#framing));
  }
}
