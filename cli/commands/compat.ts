/** `ayes compat cs5414`: one process of a replicated playlist, driven over the line protocol of a course project. */

import { writeSync } from "node:fs";
import { Front } from "../compat/front.js";
import { checkHosts } from "../compat/hosts.js";
import type { Framing } from "../compat/lines.js";
import { MasterPort } from "../compat/master-port.js";
import { cleanState, takeState } from "../compat/state.js";
import { Problem } from "../language/problem.js";
import { stopSignal } from "./signals.js";

export type CompatFlags = {
  framing: Framing;
  vetoLonger?: boolean;
  data?: string;
  peerPorts: number;
  hosts?: string[];
  acceptUnsafe3pc?: boolean;
};

const DATA = "./ayes-compat";

/** Serves until it crashes on command or a signal stops it. */
export async function compat(id: number, n: number, masterPort: number, flags: CompatFlags): Promise<number> {
  const { framing, vetoLonger = false, data = DATA, peerPorts, hosts, acceptUnsafe3pc = false } = flags;
  if (id >= n) throw new Problem(`process ${id} is none of ${n}: ids are 0 to ${n - 1}`);
  const places = checkHosts(hosts, n, acceptUnsafe3pc);
  const stopping = stopSignal();
  const state = takeState(data, id, n);
  // The master connects a moment after it has started us, whether we know by then who else is up or not.
  const port = new MasterPort(framing);
  await port.listen(masterPort);
  const { openPlayer } = await import("../compat/engine.js");
  const player = await openPlayer({ id, n, ...state, peerPorts, hosts: places, vetoLonger, die, complain });
  player.onLead(() => port.announce({ kind: "coordinator", id }));
  port.serve(new Front({ id, n, player, die, complain }));
  return await stopping;
}

/** Ends the processes of a folder and removes it. */
export function clean({ data = DATA }: Pick<CompatFlags, "data">): number {
  const { stopped } = cleanState(data);
  complain(`${data} is clean; ${stopped} ${stopped === 1 ? "process was" : "processes were"} stopped`);
  return 0;
}

/** What was written to a socket is in the kernel's hands, and leaves. */
function die(): void {
  process.kill(process.pid, "SIGKILL");
}

/** A master may give us a standard error that cannot be written; that must not end us. */
function complain(why: string): void {
  try {
    writeSync(process.stderr.fd, `ayes: ${why}\n`);
  } catch {}
}
