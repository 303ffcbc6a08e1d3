/** What of a process decides how it goes on. */

import { type Actor, type Play, start } from "../actor.js";
import { VETO } from "./request.js";

/**
 * Of its log what a replay makes of it; not who else asked, since whoever asked can ask again; and not what one that has
 * finished was told of the others.
 */
export function essence({ node, disk, running }: Actor, play: Play): unknown {
  const replayed = start(node, { ...disk, epoch: disk.epoch - 1 }, play).running;
  const { epoch, data } = disk;
  const veto = data.some(({ key }) => key === VETO);
  const known = { node, epoch, veto, known: bare(replayed) };
  if (!running) return known;
  const { lazy, resting, core } = running;
  const { open, finished } = core.participating;
  const isFinished = open.length === 0 && finished.length > 0;
  return { ...known, now: bare(running), peers: isFinished ? [] : core.peers, lazy, resting };
}

/** How many rounds were begun one after the other, as far as its log tells. Each process has numbers of its own. */
export function roundOf({ disk }: Actor, { nodes }: Play): number {
  const last = Math.max(0, ...disk.log.map((record) => (record.kind === "regrouped" ? record.round : 0)));
  return Math.floor(last / nodes.length);
}

function bare(running: Actor["running"]): unknown {
  const { open = [], finished = [] } = running?.core.participating ?? {};
  return { open: open.map(([, state]) => ({ ...state, clients: [], askers: [] })), finished };
}
