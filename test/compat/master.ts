/** A master of our own that plays a script as the published one does (see cli/compat/README.md), within a bound. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Framing } from "../../cli/compat/lines.js";
import { signal } from "../../cli/torture/nodes.js";
import { until } from "../../cli/torture/polling.js";
import { converse, type Line } from "./answers.js";
import type { Step } from "./script.js";

export type MasterOptions = {
  /** Where `./process` and `./stopall` are, and where processes are started. */
  folder: string;
  framing: Framing;
  env: Record<string, string | undefined>;
  /** After each line. The published ones wait 1 to 2 s. */
  pauseMs: number;
  /** A new process must listen within this. The published ones connect once, after 1 to 3 s. */
  startMs: number;
  /** Added to each port of the script, so that several scripts can be played at once. */
  portOffset: number;
  /** An answer that does not come within this does not come. */
  patienceMs: number;
};

export class Master {
  /** What the published master would print. */
  output = "";
  readonly #options: MasterOptions;
  readonly #lines = new Map<number, Line>();
  readonly #children: ChildProcess[] = [];
  readonly #live = new Map<number, boolean>();
  #dying: number[] = [];
  #leader = -1;
  #isWaiting = false;

  constructor(options: MasterOptions) {
    this.#options = options;
  }

  /** Rejects, saying at which line, when the published master would hang or fail. */
  async play(steps: readonly Step[]): Promise<void> {
    for (const [index, step] of steps.entries()) {
      try {
        if (step.kind === "start") await this.#start(step);
        else await this.#do(step);
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        throw new Error(`line ${index + 1}: ${why}`);
      }
      await sleep(this.#options.pauseMs);
    }
    await this.#answered();
  }

  /** Kills what it started, and lets `./stopall` clean up. */
  async exit(): Promise<void> {
    for (const line of this.#lines.values()) line.close();
    for (const child of this.#children) {
      if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) continue;
      const gone = once(child, "exit");
      signal(-child.pid, "SIGKILL");
      await gone;
    }
    await once(this.#spawn("./stopall", []), "exit");
  }

  async #start({ id, n, port: given }: Extract<Step, { kind: "start" }>): Promise<void> {
    const port = given + this.#options.portOffset;
    if (this.#leader === -1) this.#leader = id;
    this.#live.set(id, true);
    const child = this.#spawn("./process", [String(id), String(n), String(port)]);
    this.#children.push(child);
    const broken = (why: string) => {
      this.output += `the connection to ${id} broke: ${why}\n`;
    };
    const hear = (answer: string) => this.#hear(answer);
    const { framing, startMs } = this.#options;
    const line = await converse(port, framing, startMs, hear, broken).catch((error: Error) => {
      throw new Error(child.exitCode === null ? error.message : `${error.message}: it ended with ${child.exitCode}`);
    });
    this.#lines.set(id, line);
  }

  /** As the published master does it: nothing to read, and standard output and error that cannot be written. */
  #spawn(file: string, args: string[]): ChildProcess {
    const { folder, env } = this.#options;
    const nothing = openSync("/dev/null", "r");
    const child = spawn(file, args, { cwd: folder, env, detached: true, stdio: ["ignore", nothing, nothing] });
    closeSync(nothing);
    return child;
  }

  async #do({ id, line, word }: Extract<Step, { kind: "send" }>): Promise<void> {
    await this.#answered();
    const target = id === -1 ? await this.#liveLeader() : id;
    const connection = this.#lines.get(target);
    if (!connection) throw new Error(`process ${target} was never started`);
    if (/^(add|delete|get)$/.test(word)) this.#isWaiting = true;
    connection.send(line);
    if (word === "crash") this.#live.set(target, false);
    else if (word.startsWith("crash")) this.#dying.push(target);
    else if (word === "add" || word === "delete") {
      for (const dying of this.#dying) this.#live.set(dying, false);
      this.#dying = [];
    }
  }

  async #liveLeader(): Promise<number> {
    const isLive = () => this.#live.get(this.#leader) === true;
    await until("somebody alive says that it is coordinator", isLive, this.#options.patienceMs);
    return this.#leader;
  }

  #answered(): Promise<void> {
    return until("the command before is answered", () => !this.#isWaiting, this.#options.patienceMs);
  }

  #hear(answer: string): void {
    const words = answer.split(/\s+/).filter((word) => word !== "");
    const [kind, said] = words;
    if (kind === "coordinator") this.#leader = Number(said);
    else if (kind === "resp") this.output += `${said}\n`;
    else if (kind !== "ack") {
      // Printed as Python prints a list, and nobody's answer.
      this.output += `[${words.map((word) => `'${word}'`).join(", ")}]\n`;
      return;
    }
    this.#isWaiting = false;
  }
}
