/** The program as a shell starts it, and a server of it. */

import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Test } from "tap";

const MAIN = fileURLToPath(new URL("../../cli/main.js", import.meta.url));

export type Ran = { code: number | null; out: Buffer; err: string };

export class Shell {
  readonly #folder: string;
  readonly #children = new Set<ChildProcess>();
  #url = "";
  #server: ChildProcess | undefined;

  /** What it starts ends with the test. */
  constructor(t: Test, folder: string) {
    this.#folder = folder;
    t.teardown(() => {
      for (const child of this.#children) child.kill("SIGKILL");
    });
  }

  /** Starts a program without waiting for it. */
  start(...words: string[]): ChildProcess {
    // Loaders of the test runner are not for the program.
    const { NODE_OPTIONS: _options, AYES_URL: _url, ...env } = process.env;
    const own = { ...env, HOME: this.#folder, AYES_URL: this.#url };
    const child = spawn(process.execPath, [MAIN, ...words], { cwd: this.#folder, env: own });
    this.#children.add(child);
    child.once("exit", () => this.#children.delete(child));
    return child;
  }

  async run(words: readonly string[], stdin = ""): Promise<Ran> {
    const child = this.start(...words);
    const out: Buffer[] = [];
    let err = "";
    child.stdout?.on("data", (chunk: Buffer) => out.push(chunk));
    child.stderr?.on("data", (chunk) => {
      err += chunk;
    });
    child.stdin?.end(stdin);
    const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
    return { code, out: Buffer.concat(out), err };
  }

  /** Starts a server, which the programs to come talk to. Resolves with its URL. */
  async up(...words: string[]): Promise<string> {
    const [url] = await this.serve(...words);
    return url;
  }

  /** Likewise, with its process. */
  async serve(...words: string[]): Promise<[url: string, server: ChildProcess]> {
    const child = this.start("up", "--port", "0", "--data", join(this.#folder, "served"), ...words);
    this.#server = child;
    let out = "";
    this.#url = await new Promise<string>((resolve, reject) => {
      child.once("exit", () => reject(new Error(`ended: ${out}`)));
      child.stdout?.on("data", (chunk) => {
        out += chunk;
        const found = /^ready (http:\/\/127\.0\.0\.1:\d+)\n/.exec(out)?.[1];
        if (found) resolve(found);
      });
    });
    return [this.#url, child];
  }

  /** Stops the server in order. */
  async stop(): Promise<void> {
    const gone = new Promise((resolve) => this.#server?.once("exit", resolve));
    this.#server?.kill("SIGINT");
    await gone;
  }
}
