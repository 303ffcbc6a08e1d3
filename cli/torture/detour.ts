/** Somebody who stands between the nodes: every link passes here, one way each, and can be damaged on purpose. */

import { mkdirSync, rmSync } from "node:fs";
import { createServer, connect as dial, type Server, type Socket } from "node:net";
import { join } from "node:path";

/**
 * What happens to what passes: `cut` swallows it while the sender notices nothing, `delay` holds each part back a
 * while, `drop` ends the connection at every part with some chance, `flip` changes one bit of every part.
 */
export type Damage = "cut" | "delay" | "drop" | "flip";
export const DAMAGES: readonly Damage[] = ["cut", "delay", "drop", "flip"];

/** One direction between two addresses. */
export type Link = { source: string; target: string };

const LONGEST_DELAY_MS = 250;
const DROP_CHANCE = 0.1;
/** A socket's path has at most this many bytes on some systems. */
const PATH_BYTES = 100;

export class Detour {
  readonly #folder: string;
  readonly #links: DamagedLink[];

  /** `folder` is where nodes dial, `sockets` is where they listen. */
  constructor(folder: string, sockets: string, addresses: readonly string[]) {
    this.#folder = folder;
    this.#links = addresses.flatMap((source) =>
      addresses.filter((target) => target !== source).map((target) => new DamagedLink({ source, target }, sockets)),
    );
  }

  /** Whether paths in these folders are short enough for sockets. */
  static fits(...folders: readonly string[]): boolean {
    return process.platform !== "win32" && folders.every((folder) => Buffer.byteLength(folder) + 20 <= PATH_BYTES);
  }

  async listen(): Promise<void> {
    mkdirSync(this.#folder, { mode: 0o700 });
    await Promise.all(this.#links.map((link) => link.listen(this.#folder)));
  }

  /** All links that exist. */
  get links(): Link[] {
    return this.#links.map(({ link }) => link);
  }

  /** Damages these links, or heals them. */
  set(links: readonly Link[], damage: Damage | undefined): void {
    for (const damaged of this.#links) {
      const { source, target } = damaged.link;
      if (links.some((link) => link.source === source && link.target === target)) damaged.set(damage);
    }
  }

  close(): void {
    for (const link of this.#links) link.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

class DamagedLink {
  readonly link: Link;
  readonly #real: string;
  readonly #server: Server;
  readonly #passages = new Set<Passage>();
  #damage: Damage | undefined;

  constructor(link: Link, sockets: string) {
    this.link = link;
    this.#real = join(sockets, link.target);
    this.#server = createServer((socket) => this.#accept(socket));
  }

  listen(folder: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(join(folder, `${this.link.source}-${this.link.target}`), () => resolve());
    });
  }

  set(damage: Damage | undefined): void {
    this.#damage = damage;
    for (const passage of this.#passages) passage.damage = damage;
  }

  close(): void {
    this.#server.close();
    for (const passage of this.#passages) passage.end();
  }

  #accept(socket: Socket): void {
    const passage = new Passage(socket, dial(this.#real), () => this.#passages.delete(passage));
    passage.damage = this.#damage;
    this.#passages.add(passage);
  }
}

/** One connection. Nodes send one way only on each. */
class Passage {
  readonly #near: Socket;
  readonly #far: Socket;
  #damage: Damage | undefined;
  /** Whether bytes are missing: what follows could not be understood. */
  #torn = false;
  /** Parts arrive in the order in which they came, whatever holds one of them back. */
  #before = Promise.resolve();

  constructor(near: Socket, far: Socket, gone: () => void) {
    this.#near = near;
    this.#far = far;
    near.on("error", () => near.destroy());
    far.on("error", () => far.destroy());
    // What a sender said before it died may still arrive.
    near.on("close", () => void this.#before.then(() => far.end()));
    far.on("close", () => {
      near.destroy();
      gone();
    });
    near.on("data", (part: Buffer) => this.#take(part));
    far.on("drain", () => near.resume());
  }

  set damage(damage: Damage | undefined) {
    if (damage !== "cut" && this.#torn) this.end();
    this.#damage = damage;
  }

  end(): void {
    this.#near.destroy();
    this.#far.destroy();
  }

  #take(part: Buffer): void {
    switch (this.#damage) {
      case "cut":
        this.#torn = true;
        return;
      case "drop":
        if (Math.random() < DROP_CHANCE) return this.end();
        return this.#pass(part, 0);
      case "flip":
        return this.#pass(flipped(part), 0);
      case "delay":
        return this.#pass(part, Math.random() * LONGEST_DELAY_MS);
      default:
        return this.#pass(part, 0);
    }
  }

  #pass(part: Buffer, delayMs: number): void {
    const earlier = this.#before;
    const delayed =
      delayMs === 0 ? earlier : new Promise((resolve) => setTimeout(resolve, delayMs)).then(() => earlier);
    this.#before = delayed.then(() => {
      if (!this.#far.writable || this.#torn) return;
      if (!this.#far.write(part)) this.#near.pause();
    });
  }
}

function flipped(part: Buffer): Buffer {
  const copy = Buffer.from(part);
  const at = Math.floor(Math.random() * copy.length);
  copy[at] = (copy[at] ?? 0) ^ (1 << Math.floor(Math.random() * 8));
  return copy;
}
