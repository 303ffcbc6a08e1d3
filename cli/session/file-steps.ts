/** What statements about files do: alone, in a list of operations, or in the open transaction. */

import type { Check, Cluster, Operation, Result } from "../../runtime/api.js";
import { isStaged } from "../../runtime/files/files.js";
import { type Sent, send } from "../../runtime/files/stage.js";
import type { FileReading, FileTraffic, TransactionFiles } from "../../runtime/files-api.js";
import { contentTypeOf } from "../files/content-type.js";
import { downloadFile } from "../files/download.js";
import { lookAt, readSteadily } from "../files/ordinary.js";
import { Transfer } from "../files/transfer.js";
import { Problem } from "../language/problem.js";
import type { Body, FileStep, Step } from "../language/statement.js";
import type { Reply } from "./reply.js";

/** Shown as a whole up to this size. */
const SHOWN_BYTES = 1024 * 1024;

export function isFileStep(step: Step): step is FileStep {
  return !("key" in step);
}

/** Gets bytes to the cluster before the statement that they are for. */
export class Bodies {
  readonly #stdin: AsyncIterable<Uint8Array> | undefined;

  /** Without a standard input there is none to be read: it holds the statements. */
  constructor(stdin?: AsyncIterable<Uint8Array>) {
    this.#stdin = stdin;
  }

  async send(traffic: FileTraffic, body: Body): Promise<Sent> {
    if ("text" in body) return send(traffic, body.text, {});
    if (body.file === "-") {
      if (this.#stdin) return send(traffic, this.#stdin, {});
      throw new Problem("- is not possible here: the standard input holds the statements");
    }
    if (!(await lookAt(body.file))) {
      const name = JSON.stringify(body.file);
      throw new Problem(`there is no local file ${name}; a text stands in quotes, or behind --text`);
    }
    return readSteadily(
      body.file,
      (bytes, size) => send(traffic, bytes, { size }),
      async (sent) => {
        if (isStaged(sent)) await traffic.dropUpload(sent.staged);
      },
    );
  }
}

/** Lets go of what no transaction has taken over. With a connection that is lost, that has happened. */
export async function release(cluster: () => Promise<Cluster>, all: readonly Sent[]): Promise<void> {
  const staged = all.filter(isStaged);
  if (staged.length === 0) return;
  try {
    const { traffic } = await cluster();
    await Promise.all(staged.map((content) => traffic.dropUpload(content.staged)));
  } catch {
    // What came of the transaction is what counts.
  }
}

/** As a transaction of its own. Rejects with `not-found`. */
export async function runFileStep(cluster: Cluster, step: FileStep, bodies: Bodies): Promise<Result> {
  const { files, traffic } = cluster;
  if (step.kind === "rm") return files.delete(step.path);
  if (step.kind === "mv") return files.rename(step.source, step.target);
  if (step.kind === "cp") return files.copy(step.source, step.target);
  const sent = await bodies.send(traffic, step.body);
  try {
    return await files.write(step.path, sent, typeOf(step));
  } finally {
    await release(async () => cluster, [sent]);
  }
}

/** Adds it to a transaction that is open. What was sent for it must be kept until that has ended. */
export async function collectFileStep(
  files: TransactionFiles,
  step: FileStep,
  send: (body: Body) => Promise<Sent>,
): Promise<void> {
  if (step.kind === "rm") await files.delete(step.path);
  else if (step.kind === "mv") await files.rename(step.source, step.target);
  else if (step.kind === "cp") await files.copy(step.source, step.target);
  else await files.write(step.path, await send(step.body), typeOf(step));
}

/** As operations of a list, and what must hold for them. */
export function operationsOf(step: FileStep, content: Sent | undefined): { operations: Operation[]; checks: Check[] } {
  if (step.kind === "write") {
    const { path } = step;
    const written = content === undefined ? [] : [{ op: "writeFile", path, content, ...typeOf(step) } as const];
    return { operations: written, checks: [] };
  }
  if (step.kind === "rm") {
    return { operations: [{ op: "deleteFile", path: step.path }], checks: [{ path: step.path, is: "exists" }] };
  }
  const { source, target } = step;
  return {
    operations: [
      { op: "copyFile", path: target, source },
      ...(step.kind === "mv" ? [{ op: "deleteFile", path: source } as const] : []),
    ],
    checks: [{ path: source, is: "exists" }],
  };
}

/** What there is to show of a file, or that it is here now. */
export async function readFile(file: FileReading, target: string | undefined): Promise<Reply> {
  if (target === undefined) {
    return { kind: "file", file, bytes: file.size <= SHOWN_BYTES ? await file.bytes() : undefined };
  }
  await downloadFile(file, target, new Transfer());
  const { path, size, digest, version } = file;
  return { kind: "done", text: `${size} bytes in ${target}`, facts: { path, size, digest, version, target } };
}

function typeOf({ path, type = contentTypeOf(path) }: Extract<FileStep, { kind: "write" }>): { type?: string } {
  return type === undefined ? {} : { type };
}
