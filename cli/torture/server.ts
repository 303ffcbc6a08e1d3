/** `ayes up` as a child with a process group of its own, so that all of it can be killed at once, and started again. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { signal } from "./nodes.js";

const MAIN = fileURLToPath(new URL("../main.js", import.meta.url));
const AGAIN_MS = 200;
const START_MS = 60_000;
const STOP_MS = 20_000;

/** Fewer than usual, so that outcomes are forgotten while we look; more than pass while one is asked for. */
export const RETAINED = 20_000;

export type ServerOptions = {
  data: string;
  replicas: number;
  coordinators: number;
  /** Where nodes dial each other; undefined: directly. */
  detour: string | undefined;
  /** The file for whatever it says on its standard error. */
  log: string;
};

export class Server {
  readonly #options: ServerOptions;
  #child: ChildProcess | undefined;
  #port = 0;
  /** Whether its end would be a surprise. */
  #serving = false;
  /** Why it ended, if nobody asked it to. */
  failure: string | undefined;

  constructor(options: ServerOptions) {
    this.#options = options;
  }

  /** Its address. It stays the same over restarts. */
  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Starts it, again and again within a bound: on a full disk, for example, it cannot start. */
  async start(): Promise<void> {
    const end = performance.now() + START_MS;
    for (;;) {
      const url = await readyLine(this.#spawn());
      if (url !== undefined) {
        this.#port = Number(new URL(url).port);
        this.#serving = true;
        return;
      }
      if (performance.now() > end) throw new Error(`ayes up did not start within ${START_MS} ms`);
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
  }

  /** SIGKILL for it and all its nodes at the same moment, or for it alone: then its nodes are orphans and must end. */
  async kill(whom: "group" | "supervisor"): Promise<void> {
    const child = this.#child;
    if (child?.pid === undefined) return;
    const gone = this.#expectExit(child);
    signal(whom === "group" ? -child.pid : child.pid, "SIGKILL");
    await gone;
  }

  /** Asks it to stop. Undefined if it did so in order; otherwise what was wrong. */
  async stop(): Promise<string | undefined> {
    const child = this.#child;
    if (child?.pid === undefined) return this.failure;
    const gone = this.#expectExit(child);
    const late = setTimeout(() => signal(-(child.pid ?? 0), "SIGKILL"), STOP_MS);
    child.kill("SIGTERM");
    await gone;
    clearTimeout(late);
    if (child.exitCode === 0) return undefined;
    return `ayes up did not stop in order: ${child.signalCode ?? `exit code ${child.exitCode}`}`;
  }

  /** Ends everything without waiting, for an end in haste. */
  abandon(): void {
    this.#serving = false;
    if (this.pid !== undefined) signal(-this.pid, "SIGKILL");
  }

  #spawn(): ChildProcess {
    const { data, replicas, coordinators, detour, log } = this.#options;
    const words = ["up", "--json", "--chaos", "--hosts", "processes", "--data", data, "--port", String(this.#port)];
    words.push("--replicas", String(replicas), "--coordinators", String(coordinators));
    words.push("--retain", String(RETAINED));
    if (detour !== undefined) words.push("--detour", detour);
    const { NODE_OPTIONS: _, ...env } = process.env;
    const file = openSync(log, "a");
    const child = spawn(process.execPath, [MAIN, ...words], { detached: true, env, stdio: ["ignore", "pipe", file] });
    closeSync(file);
    this.#child = child;
    child.once("exit", (code, by) => {
      if (this.#child === child) this.#child = undefined;
      if (this.#serving) this.failure = `ayes up ended by itself: ${by ?? `exit code ${code}`}`;
      this.#serving = false;
    });
    return child;
  }

  #expectExit(child: ChildProcess): Promise<unknown> {
    this.#serving = false;
    return once(child, "exit");
  }
}

/** The address that it says it serves; undefined if it ends without a word. */
async function readyLine({ stdout }: ChildProcess): Promise<string | undefined> {
  if (!stdout) return undefined;
  const lines = createInterface({ input: stdout });
  for await (const line of lines) {
    lines.close();
    stdout.resume();
    return (JSON.parse(line) as { ready: string }).ready;
  }
  return undefined;
}
