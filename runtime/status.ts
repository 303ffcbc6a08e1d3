/** What a person wants to know of a running cluster: its nodes, and every transaction in doubt with who is waited for. */

import type { InDoubt } from "../actors/doubt.js";
import type { NodeId } from "../actors/transaction.js";
import { ALWAYS } from "../actors/validator.js";
import type { InDoubtStatus, NodeStatus, Status } from "./api.js";
import { isIrreplaceable, roleOf, type Shape } from "./config.js";
import type { NodeReport } from "./control.js";
import type { Host } from "./hosts/host.js";
import { shownLocks } from "./shown.js";
import type { Ward } from "./ward.js";

/** Asks every node that is up. One that does not answer is shown without details. */
export async function statusOf(
  wards: readonly Ward[],
  shape: Shape,
  isPaused: (host: Host) => boolean,
): Promise<Pick<Status, "nodes" | "inDoubt" | "forced" | "leader">> {
  const paused = wards.map(({ host }) => host !== undefined && isPaused(host));
  const reports = await Promise.all(wards.map((ward, index) => (paused[index] ? undefined : inspect(ward))));
  const nodes = wards.map((ward, index) => ({
    ...nodeStatus(ward, reports[index], shape),
    ...(paused[index] && { reason: "it was stopped for a while (SIGSTOP)", next: `resume ${ward.spec.self}` }),
  }));
  const known = wards.flatMap((ward, index) =>
    (reports[index]?.inDoubt ?? []).map((open) => ({ ...open, node: ward.spec.self })),
  );
  const leader = reports.map((report) => report?.membership?.leader).find((node) => node !== undefined);
  const forced = wards.flatMap((ward, index) =>
    (reports[index]?.forced ?? []).map((order) => ({ ...order, node: ward.spec.self })),
  );
  const found = { inDoubt: inDoubtStatus(known, Date.now()), ...(forced.length > 0 && { forced }) };
  return { nodes, ...found, ...(leader !== undefined && { leader }) };
}

async function inspect({ state, host }: Ward): Promise<NodeReport | undefined> {
  if (state !== "up" || !host) return undefined;
  return host.control.call((control) => control.inspect()).catch(() => undefined);
}

function nodeStatus(ward: Ward, report: NodeReport | undefined, shape: Shape): NodeStatus {
  const { spec, host, epoch, restarts, state } = ward;
  const validator = report?.validator ?? spec.validator ?? ALWAYS;
  return {
    id: spec.self,
    role: roleOf(spec.self, shape),
    host: spec.sockets === "" ? "thread" : "process",
    pid: host?.pid,
    epoch,
    restarts,
    ...stateOf(ward, report),
    ...(state === "gave-up" && { next: nextFor(spec.self, isIrreplaceable(spec.self, shape)) }),
    ...(validator.rule !== "always" && { validator }),
    ...(report && { details: report.details }),
  };
}

/** A replica that does not serve yet says whom it waits for. */
function stateOf({ state, reason }: Ward, report: NodeReport | undefined): Pick<NodeStatus, "state" | "reason"> {
  const { serves = true, waitingFor = [] } = report?.membership ?? {};
  if (state !== "up" || serves) {
    return { state: state === "up" && !report ? "silent" : state, ...(reason !== undefined && { reason }) };
  }
  const names = waitingFor.join(", ");
  return {
    state: "catching-up",
    reason: names ? `it waits for ${names}, who may have failed last` : "it is being copied",
  };
}

/** One entry for each transaction, whoever reports it. */
function inDoubtStatus(known: readonly (InDoubt & { node: string })[], now: number): InDoubtStatus[] {
  const byTransaction = new Map<string, Omit<InDoubtStatus, "keys"> & { keys: string[] }>();
  for (const { txn, node, phase, at, writes, reads, waitingFor } of known) {
    const entry = byTransaction.get(txn) ?? { txn, ageMs: 0, keys: [], waitingFor: [], phases: {} };
    byTransaction.set(txn, {
      txn,
      ageMs: Math.max(entry.ageMs, Math.round(now - at)),
      keys: [...new Set([...entry.keys, ...writes, ...reads])],
      waitingFor: [...new Set([...entry.waitingFor, ...waitingFor])],
      phases: { ...entry.phases, [node]: phase },
    });
  }
  return [...byTransaction.values()]
    .map((entry) => {
      const { keys, files } = shownLocks(entry.keys);
      return { ...entry, keys, ...(files.length > 0 && { files }) };
    })
    .sort((left, right) => right.ageMs - left.ageMs);
}

/** What a person can do for a node that does not come back by itself. */
export function nextFor(node: NodeId, coordinates: boolean): string {
  return coordinates
    ? `restore the folder of ${node} from a backup; the log of a coordinator exists once`
    : `\`ayes repair ${node}\` copies a healthy replica`;
}
