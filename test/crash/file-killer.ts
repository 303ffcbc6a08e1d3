/** Kills a program that writes files, again and again, and holds against it what it had been told. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Story } from "./file-load.js";
import type { Line } from "./files-program.js";

const PROGRAM = fileURLToPath(new URL("./files-program.js", import.meta.url));

/** One life of the program. */
export type Life = {
  /** What it found when it began. */
  found: string[];
  /** Versions that were answered for. */
  committed: number;
};

export type KillerOptions = {
  data: string;
  hosts: "threads" | "processes";
  /** How many files change in one transaction. */
  files: number;
  /** For the sockets of the dead. */
  temporary: string;
};

export class FileKiller {
  readonly #options: KillerOptions;
  /** By story: what a reader may find next. */
  readonly #possible: Record<Story, Set<number>> = { site: new Set([0]), turn: new Set([0]) };

  constructor(options: KillerOptions) {
    this.#options = options;
  }

  /** Lets it live until `wait` resolves, from when it writes on. Whatever it found that must not be is in the answer. */
  async life(wait: () => Promise<void>): Promise<Life> {
    const { data, hosts, files, temporary } = this.#options;
    const { NODE_OPTIONS: _, ...env } = process.env;
    const program = spawn(process.execPath, [PROGRAM, data, hosts, String(files)], {
      env: { ...env, TMPDIR: temporary },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const ended = once(program, "close");
    const life: Life = { found: ["it said nothing"], committed: 0 };
    let began = false;
    for await (const text of createInterface({ input: program.stdout })) {
      const line = parse(text);
      if (!line) continue; // Cut in two by the kill.
      this.#hear(line, life);
      if (began) continue;
      began = true;
      void Promise.race([wait(), ended]).finally(() => program.kill("SIGKILL"));
    }
    const [code] = await ended;
    if (code !== null) life.found.push(`it ended by itself, with ${code}`);
    return life;
  }

  #hear(line: Line, life: Life): void {
    if ("found" in line) {
      life.found = line.found;
      for (const [story, version] of Object.entries(line.versions) as [Story, number][]) {
        const possible = this.#possible[story];
        if (!possible.has(version)) life.found.push(`${story} is at ${version}, and could be at ${[...possible]} only`);
        this.#possible[story] = new Set([version]);
      }
      return;
    }
    const { story, version, outcome } = line;
    if (outcome === "begun") this.#possible[story].add(version);
    if (outcome === "aborted") this.#possible[story].delete(version);
    if (outcome === "committed") {
      this.#possible[story] = new Set([version]);
      life.committed += 1;
    }
  }
}

function parse(text: string): Line | undefined {
  try {
    return JSON.parse(text) as Line;
  } catch {
    return undefined;
  }
}
