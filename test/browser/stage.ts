/** A cluster of processes for a test in a browser, served as `ayes up` serves it, which may go away and come back. */

import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { Test } from "tap";
import { until } from "../../cli/torture/polling.js";
import type { NodeState, Status } from "../../runtime/api.js";
import { Shell } from "../cli/shell.js";

const JSON_TYPE = { "content-type": "application/json" };

export class Stage {
  readonly url: string;
  readonly #shell: Shell;
  #server: ChildProcess | undefined;

  private constructor(url: string, shell: Shell) {
    this.url = url;
    this.#shell = shell;
  }

  static async begin(t: Test): Promise<Stage> {
    const shell = new Shell(t, t.testdir({}));
    const [url, server] = await shell.serve("--hosts", "processes", "--chaos");
    const stage = new Stage(`${url}/`, shell);
    stage.#server = server;
    return stage;
  }

  /** The server is killed; its nodes end with it. */
  async leave(): Promise<void> {
    const server = this.#server;
    if (!server) return;
    server.kill("SIGKILL");
    await once(server, "exit");
  }

  /** At the same address. */
  async comeBack(): Promise<void> {
    const [, server] = await this.#shell.serve("--hosts", "processes", "--chaos", "--port", new URL(this.url).port);
    this.#server = server;
  }

  async ask<Answer>(path: string): Promise<Answer> {
    return (await (await fetch(this.url + path)).json()) as Answer;
  }

  /** Changes something; does not wait longer for it than it takes to be on its way. */
  async tell(path: string, body: object, word = "chaos"): Promise<object> {
    const headers = { ...JSON_TYPE, "x-ayes": word };
    const answer = await fetch(this.url + path, { method: "POST", headers, body: JSON.stringify(body) });
    return (await answer.json()) as object;
  }

  /** Runs statements of the prompt. */
  async run(text: string): Promise<string> {
    return ((await this.tell("v1/statements", { text }, "statement")) as { text: string }).text;
  }

  /** Sends a transaction that will not be answered soon. */
  begin(operations: readonly object[]): void {
    void this.tell("v1/transactions", { operations, deadlineMs: 2000 }).catch(() => undefined);
  }

  /** Resolves when a node is so. */
  async becomes(node: string, state: NodeState): Promise<void> {
    await until(`${node} is ${state}`, async () => {
      const { nodes } = await this.ask<Status>("v1/status");
      return nodes.some((found) => found.id === node && found.state === state);
    });
  }

  /** Resolves when so many transactions are in doubt. */
  async inDoubt(count: number): Promise<void> {
    await until(`${count} transactions in doubt`, async () => {
      return (await this.ask<Status>("v1/status")).inDoubt.length === count;
    });
  }
}
