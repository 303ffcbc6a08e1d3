/** The prompt on a cluster that runs elsewhere, and the one that opens its own. */

import type { Cluster, Status } from "../../runtime/api.js";
import { AyesError, asAyesError } from "../../runtime/errors.js";
import { Printer } from "../output/printer.js";
import { whyAway } from "../output/status.js";
import { viewOf } from "../output/view.js";
import type { Names } from "../repl/complete.js";
import { Repl } from "../repl/repl.js";
import { Connection, embedded, type Link } from "../session/link.js";
import { Runner } from "../session/runner.js";
import { Session } from "../session/session.js";
import { fileReader } from "../session/values.js";
import { connect, type OpenOptions, open, type Serving, serve } from "./engine.js";
import { DEFAULT_PORT, placeOf } from "./place.js";
import { runSources, type ScriptFlags } from "./scripts.js";
import { onStopSignal, stopSignal } from "./signals.js";

export type LocalFlags = ScriptFlags & OpenOptions & { port?: number };

/** `ayes repl [URL]`. */
export async function replOn(url: string | undefined, flags: ScriptFlags): Promise<number> {
  const place = placeOf(url ?? flags.url);
  const link = new Connection(() => connect(place));
  try {
    if (!interactive()) {
      await link.cluster(); // Nothing to run on is an error, also when there is nothing to run.
      return await script(link, flags);
    }
    const greeting = await greet(link, place);
    return await prompt(link, flags, [greeting]);
  } finally {
    await link.close();
  }
}

/** A cluster that is not there yet is no reason to leave: the prompt says so and connects when it comes. */
async function greet(link: Connection, place: string): Promise<string> {
  try {
    const status = await (await link.cluster()).status();
    return `connected to ${place}: ${nodesIn(status)}`;
  } catch (error) {
    const failure = asAyesError(error);
    link.failed(failure);
    return `${failure.message} (${place}); ${failure.next}. Trying again until then.`;
  }
}

/** `ayes`: the cluster in a folder, and a prompt on it, or the statements of a pipe. */
export async function openLocal(flags: LocalFlags): Promise<number> {
  const {
    json: _json,
    quiet: _quiet,
    url: _url,
    port,
    execute: _execute,
    file: _file,
    continue: _go,
    ...options
  } = flags;
  const cluster = await open({ trace: true, ...options });
  const link = embedded(cluster);
  let served: { served: Serving; taken: boolean } | undefined;
  try {
    if (!interactive() || flags.execute || flags.file) return await script(link, flags);
    served = await serveSomewhere(cluster, port, flags.chaos === true);
    return await prompt(link, flags, await banner(cluster, served));
  } finally {
    await served?.served.close();
    await link.close();
  }
}

/** The usual port if it is free, else another one; a port that was asked for, or an error. */
async function serveSomewhere(cluster: Cluster, port: number | undefined, chaos: boolean) {
  try {
    return { served: await serve(cluster, port ?? DEFAULT_PORT, chaos), taken: false };
  } catch (error) {
    if (port !== undefined || !(error instanceof AyesError) || error.code !== "port-taken") throw error;
    return { served: await serve(cluster, 0, chaos), taken: true };
  }
}

async function banner(cluster: Cluster, { served, taken }: { served: Serving; taken: boolean }): Promise<string[]> {
  const status = await cluster.status();
  const port = taken ? ` (${DEFAULT_PORT} is taken)` : "";
  return [
    `${nodesIn(status)}; data in ${status.data}; dashboard at ${served.url}/${port}`,
    ...status.nodes
      .filter(({ state }) => state !== "up")
      .map((node) => `warning: ${node.id} ${node.state}: ${whyAway(node)}`),
    `type help for the commands, Ctrl-D to leave`,
  ];
}

function nodesIn({ nodes, hosts, chaos }: Status): string {
  const coordinators = nodes.filter(({ role }) => role !== "replica").length;
  const replicas = nodes.filter(({ role }) => role !== "coordinator").length;
  const plural = (count: number, name: string) => `${count} ${name}${count === 1 ? "" : "s"}`;
  const extra = chaos ? ", chaos allowed" : "";
  return `${plural(coordinators, "coordinator")} and ${plural(replicas, "replica")} in ${hosts}${extra}`;
}

function interactive(): boolean {
  return process.stdin.isTTY === true && process.stdout.isTTY === true;
}

/** Runs what was given with -e and -f, else what comes in on stdin. A signal ends it cleanly. */
function script(link: Link, flags: ScriptFlags): Promise<number> {
  const { execute: texts = [], file: files = [] } = flags;
  const sources = texts.length + files.length > 0 ? { texts, files } : { texts, files: ["-"] };
  return Promise.race([runSources(link, sources, flags), stopSignal()]);
}

async function prompt(link: Link, flags: ScriptFlags, greeting: readonly string[]): Promise<number> {
  const printer = new Printer(viewOf(process.stdout, flags, ""));
  const session = new Session(link, fileReader(undefined));
  for (const line of greeting) printer.say(line);
  const repl = new Repl({ runner: new Runner(session, printer), printer, link, names: namesOf(link, session) });
  if (link instanceof Connection) {
    link.watch((connected) => repl.notify(connected ? "connected again" : "the connection is lost; trying again"));
  }
  const forget = onStopSignal(() => repl.close());
  const code = await repl.run();
  forget();
  return code;
}

const MOST_KEYS = 50;

function namesOf(link: Link, session: Session): Names {
  return {
    nodes: async () => (await (await link.cluster()).status()).nodes.map(({ id }) => id),
    keys: async (prefix) => (await link.cluster()).keys(prefix, MOST_KEYS),
    files: async (prefix) => {
      const { files } = await (await link.cluster()).files.list({ prefix, limit: MOST_KEYS });
      return files.map(({ path }) => path);
    },
    txns: () => session.txns,
  };
}
