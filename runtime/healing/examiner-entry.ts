/** A process that looks at one store, and copies it. A damaged page may end it by a signal, and nobody else. */

import { setImmediate as breathe } from "node:timers/promises";
import { Broken } from "../../actors/protocol.js";
import type { Key } from "../../actors/transaction.js";
import { packed } from "../../storage/codec.js";
import { type Copied, type Copy, copyStore } from "../../storage/copy.js";
import { type Examination, entriesIn, examine } from "../../storage/examination.js";
import { pastOf, type Wanted } from "../../storage/past.js";
import { Snapshot, type Target } from "../../storage/snapshot.js";
import { asAyesError, type ErrorCode } from "../errors.js";
import { type ContentExamination, examineContents, type Needed, neededBy } from "./contents.js";

/** What it is told: first what to look at, then what to do, one thing after the other. All is done on one snapshot. */
export type Order =
  | { open: Target }
  | { examine: true }
  | { entries: number[] }
  | { past: Wanted }
  | { copy: Copy }
  /** Finds out which contents its files need. */
  | { needed: true }
  /** Compares these, which may take long: the snapshot is let go of first. Undecided transactions write these keys. */
  | { contents: { promised: Key[] } };

/** What each order is answered with. */
export type Answers = {
  open: { size: number };
  examine: Examination;
  entries: [Key, number][];
  /** A packed `StorePast`. */
  past: Uint8Array;
  copy: Copied;
  needed: { bytes: number };
  contents: ContentExamination;
};

export type ExaminerMessage =
  | { ready: true }
  /** Rows, or bytes of contents. */
  | { progress: number }
  | { done: unknown }
  | { failed: { code: ErrorCode; message: string } };

let snapshot: Snapshot | undefined;
let folder = "";
let needed: Needed[] = [];

function send(message: ExaminerMessage): void {
  if (process.connected) process.send?.(message);
}

async function obey(order: Order): Promise<unknown> {
  if ("open" in order) {
    letGo();
    folder = order.open.folder;
    snapshot = new Snapshot(order.open);
    return { size: snapshot.size };
  }
  if ("contents" in order) {
    letGo();
    return examineContents(folder, needed, order.contents.promised, (bytes) => send({ progress: bytes }));
  }
  if (!snapshot) throw new Error("nothing is open");
  if ("copy" in order) return run(copyStore(snapshot, order.copy));
  if ("needed" in order) {
    needed = await run(neededBy(snapshot));
    return { bytes: needed.reduce((sum, { content }) => sum + content.size, 0) };
  }
  if ("past" in order) return packed(await run(pastOf(snapshot, order.past)));
  return run<unknown>("entries" in order ? entriesIn(snapshot, order.entries) : examine(snapshot));
}

function letGo(): void {
  snapshot?.close();
  snapshot = undefined;
}

/** Progress leaves between two strides. */
async function run<T>(work: Generator<number, T>): Promise<T> {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
    send({ progress: step.value });
    await breathe();
  }
}

function failureOf(error: unknown): { code: ErrorCode; message: string } {
  const { code, message } = asAyesError(error);
  return { code: error instanceof Broken ? code : "storage-failed", message };
}

process.on("SIGINT", () => undefined);
process.on("disconnect", () => {
  // Pages that a snapshot holds are not used again by the owner of the store.
  letGo();
  process.exit();
});
process.on("message", (order: Order) => {
  void obey(order)
    .then((done) => send({ done }))
    .catch((error: unknown) => send({ failed: failureOf(error) }));
});
send({ ready: true });
