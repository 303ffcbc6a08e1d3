/** The thread host: a node in a worker thread of this process. */

import { MessageChannel, Worker } from "node:worker_threads";
import { RemoteControl } from "../control.js";
import { AyesError } from "../errors.js";
import { Gate } from "./gate.js";
import {
  type Host,
  type HostEvents,
  type NodeSpec,
  type Notice,
  NoticeBoard,
  nodeEnvironment,
  YOUNG_MB,
} from "./host.js";
import type { ThreadData } from "./thread-entry.js";

const ENTRY = new URL("./thread-entry.js", import.meta.url);
/** How often to try the gate of a stuck thread. */
const GATE_RETRY_MS = 5;

/** Starts a node in a thread of its own. */
export function startThread(spec: NodeSpec, events: HostEvents): Host {
  const board = new NoticeBoard(events);
  const gate = new Gate();
  const { port1: near, port2: far } = new MessageChannel();
  const data: ThreadData = { spec, control: far, gate: gate.shared };
  const worker = new Worker(ENTRY, {
    workerData: data,
    transferList: [far],
    execArgv: [],
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
    env: nodeEnvironment(),
    name: spec.self,
  });
  worker.on("message", (notice: Notice) => board.take(notice));
  worker.on("error", (error) => board.fail("assertion", error.message));
  worker.on("exit", (code) => {
    near.close();
    board.exit(`its thread ended with code ${code}`, new AyesError("unavailable", `${spec.self} is down`));
  });
  const control = new RemoteControl(
    {
      post: (message, transferred) => near.postMessage(message, transferred ?? []),
      listen: (listener) => near.on("message", listener),
    },
    board.exited,
  );
  return { kind: "thread", pid: process.pid, control, kill: () => end(worker, gate) };
}

/** Ending a thread that owns a store is only safe while it is not writing. */
function end(worker: Worker, gate: Gate): void {
  if (gate.tryShut()) void worker.terminate();
  else setTimeout(() => end(worker, gate), GATE_RETRY_MS);
}
