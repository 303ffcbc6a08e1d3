/** The thread host: a node in a worker thread of this process. */

import { MessageChannel, Worker } from "node:worker_threads";
import { RemoteControl } from "../control.js";
import { AyesError, asAyesError } from "../errors.js";
import { Gatekeeper } from "../healing/gatekeeper.js";
import { Gate } from "./gate.js";
import {
  type Host,
  type HostEvents,
  type NodeSpec,
  type Notice,
  NoticeBoard,
  nodeEnvironment,
  targetOf,
  YOUNG_MB,
} from "./host.js";
import type { ThreadData } from "./thread-entry.js";

const ENTRY = new URL("./thread-entry.js", import.meta.url);
/** How often to try the gate of a stuck thread. */
const GATE_RETRY_MS = 5;
const gatekeeper = new Gatekeeper();

/**
 * Starts a node in a thread of its own, once a process of its own has looked at its store: a damaged page may end
 * whoever reads it by a signal, and a thread would take the program with it.
 */
export function startThread(spec: NodeSpec, events: HostEvents): Host {
  const board = new NoticeBoard(events);
  const gate = new Gate();
  const { port1: near, port2: far } = new MessageChannel();
  const gone = (reason: string) => {
    near.close();
    board.exit(reason, new AyesError("unavailable", `${spec.self} is down`));
  };
  let worker: Worker | undefined;
  let killed = false;
  const launch = () => {
    if (!killed) worker = startWorker({ spec, control: far, gate: gate.shared }, board, gone);
  };
  const refuse = (error: unknown) => {
    const { code, message } = asAyesError(error);
    board.fail(code, message);
    gone(message);
  };
  if (spec.create || spec.scrubbed) launch();
  else gatekeeper.requireWhole(targetOf(spec)).then(launch, refuse);
  const kill = () => {
    killed = true;
    if (worker) end(worker, gate);
    else gone("it was ended before it began");
  };
  const control = new RemoteControl(
    {
      post: (message, transferred) => near.postMessage(message, transferred ?? []),
      listen: (listener) => near.on("message", listener),
    },
    board.exited,
  );
  return { kind: "thread", pid: process.pid, control, kill };
}

function startWorker(data: ThreadData, board: NoticeBoard, gone: (reason: string) => void): Worker {
  const worker = new Worker(ENTRY, {
    workerData: data,
    transferList: [data.control],
    execArgv: [],
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
    env: nodeEnvironment(),
    name: data.spec.self,
  });
  worker.on("message", (notice: Notice) => board.take(notice));
  worker.on("error", (error) => board.fail("assertion", error.message));
  worker.on("exit", (code) => gone(`its thread ended with code ${code}`));
  return worker;
}

/** Ending a thread that owns a store is only safe while it is not writing. */
function end(worker: Worker, gate: Gate): void {
  if (gate.tryShut()) void worker.terminate();
  else setTimeout(() => end(worker, gate), GATE_RETRY_MS);
}
