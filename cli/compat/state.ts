/** The folder in which compat processes keep what survives a restart, and how all of it is ended. */

import { linkSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { newId } from "../../runtime/ids.js";
import { lockFolder, ownerOf } from "../../runtime/lock-file.js";
import { Problem } from "../language/problem.js";

/** Says that the folder is one of ours, and for how many processes. */
const SHAPE = "compat.json";
const PROCESS = /^process-\d+$/;

/** What is known before the engine starts. */
export type State = {
  /** The process's own folder. */
  folder: string;
  /** Whether no other process was ever started before this one. */
  isFounder: boolean;
  /** The name of these processes together: they talk to no others. */
  cluster: string;
};

type Shape = { compat: "cs5414"; n: number; founder: number; cluster: string };

/** Takes the folder of one process of at most `n`, or says why not. It is let go when the process ends, however. */
export function takeState(data: string, id: number, n: number): State {
  const folder = join(resolve(data), `process-${id}`);
  let shape: Shape = { compat: "cs5414", n, founder: id, cluster: newId() };
  try {
    mkdirSync(resolve(data), { recursive: true, mode: 0o700 });
    shape = agree(resolve(data), shape);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw new Problem(`${data} cannot be written: ${error instanceof Error ? error.message : String(error)}`);
  }
  lockFolder(folder);
  return { folder, isFounder: shape.founder === id, cluster: shape.cluster };
}

/** The first process writes down what holds for all. Written beside and linked, it is there whole or not at all. */
function agree(data: string, shape: Shape): Shape {
  const beside = join(data, `${SHAPE}.${process.pid}`);
  writeFileSync(beside, JSON.stringify(shape), { mode: 0o600 });
  try {
    linkSync(beside, join(data, SHAPE));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    rmSync(beside, { force: true });
  }
  const known = shapeOf(data);
  if (known?.n === shape.n) return known;
  const made = known ? `is of processes with n = ${known.n}, not ${shape.n}` : `has a ${SHAPE} that is not ours`;
  throw new Problem(`${data} ${made}; \`ayes compat cs5414 clean\` removes it`);
}

function shapeOf(data: string): Shape | undefined {
  try {
    const shape = JSON.parse(readFileSync(join(data, SHAPE), "utf8")) as Shape;
    return shape.compat === "cs5414" ? shape : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Ends every process of this folder and removes what they knew. Nobody else is touched: a process is known by its number
 * and its start. The folder is moved away first, so that what is started meanwhile begins anew.
 */
export function cleanState(given: string): { stopped: number } {
  const data = resolve(given);
  const names = list(data);
  if (names.length === 0) return { stopped: 0 };
  if (!shapeOf(data)) throw new Problem(`${given} is no folder of compat processes; nothing is removed`);
  const away = `${data}.${process.pid}.removed`;
  renameSync(data, away);
  let stopped = 0;
  for (const name of names.filter((name) => PROCESS.test(name))) {
    const owner = ownerOf(join(away, name));
    if (owner === undefined) continue;
    process.kill(owner, "SIGKILL");
    stopped += 1;
  }
  rmSync(away, { recursive: true, force: true, maxRetries: 5 });
  return { stopped };
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
