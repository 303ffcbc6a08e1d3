/** The process host: a node in a child process, so that a crash is a real one. */

import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { RemoteControl } from "../control.js";
import { AyesError } from "../errors.js";
import {
  type Host,
  type HostEvents,
  isDamageSignal,
  type NodeSpec,
  NoticeBoard,
  nodeEnvironment,
  YOUNG_MB,
} from "./host.js";
import type { PipeMessage } from "./process-entry.js";

const ENTRY = fileURLToPath(new URL("./process-entry.js", import.meta.url));

/** Starts a node in a process of its own. */
export function startProcess(spec: NodeSpec, events: HostEvents): Host {
  const board = new NoticeBoard(events);
  const child = fork(ENTRY, [], {
    execArgv: [`--max-semi-space-size=${YOUNG_MB / 3}`],
    env: nodeEnvironment(),
    serialization: "advanced",
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const send = (message: PipeMessage) => {
    if (child.connected) child.send(message);
  };
  child.on("message", (message: PipeMessage) => {
    if ("notice" in message) board.take(message);
  });
  child.on("error", (error) => {
    board.fail("assertion", error.message);
    // A process that could not be made (too many of them, no memory) has no exit of its own.
    if (child.pid === undefined) board.exit(error.message, new AyesError("unavailable", `${spec.self} is down`));
  });
  child.on("exit", (code, signal) => {
    const reason = signal ? `its process was ended by ${signal}` : `its process ended with code ${code}`;
    // Whoever opens a store reads all of it.
    if (!board.ready && isDamageSignal(signal)) board.fail("damaged-store", `${reason} at a damaged page of its store`);
    board.exit(reason, new AyesError("unavailable", `${spec.self} is down`));
  });
  const control = new RemoteControl(
    {
      post: (message) => send({ control: message }),
      listen: (listener) => {
        child.on("message", (message: PipeMessage) => {
          if ("control" in message) listener(message.control);
        });
      },
    },
    board.exited,
  );
  send({ spec });
  return { kind: "process", pid: child.pid, control, kill: () => child.kill("SIGKILL") };
}
