/** Transactions in doubt as all nodes that are up know them, and what a person may force without contradicting a log. */

import { userInfo } from "node:os";
import type { InDoubt } from "../actors/doubt.js";
import { objectionsTo, type Promised, promiseIn, type Testimony, type Witness } from "../actors/testimony.js";
import type { Outcome, TxnId } from "../actors/transaction.js";
import { checkReason } from "./ballots/reason.js";
import type { Asking, NodeDoubts } from "./control.js";
import type { Disturbances } from "./disturbances.js";
import type { Doubt, DoubtEvidence, Doubts, ForcedOutcome, Order, ResolveOptions } from "./doubt-api.js";
import { AyesError } from "./errors.js";
import { checkNode } from "./requests.js";
import { shownLocks } from "./shown.js";
import type { Supervisor } from "./supervisor.js";
import { checkId, requireFields, requireObject } from "./validation.js";
import type { Ward } from "./ward.js";

const OUTCOMES: Readonly<Record<Order, Outcome>> = { commit: "committed", abort: "aborted" };
const UNKNOWN_USER = "somebody";

/** What a node says of one transaction; `doubts` and `testimony` only if it answers. */
type Account = Witness & { ward: Ward; doubts?: NodeDoubts | undefined };

export class DoubtService implements Doubts {
  readonly #supervisor: Supervisor;
  readonly #disturbances: Disturbances;
  readonly #requireOpen: () => void;

  /** `requireOpen` throws when there is nobody left to ask. */
  constructor(supervisor: Supervisor, disturbances: Disturbances, requireOpen: () => void) {
    this.#supervisor = supervisor;
    this.#disturbances = disturbances;
    this.#requireOpen = requireOpen;
  }

  async list(): Promise<Doubt[]> {
    this.#requireOpen();
    const found = await this.#look();
    return [...found].map(([txn, accounts]) => doubtOf(txn, accounts)).sort((one, other) => other.ageMs - one.ageMs);
  }

  async resolve(txn: string, order: Order, options: ResolveOptions): Promise<Doubt> {
    this.#requireOpen();
    const id = checkId(txn);
    const { outcome, reason, nodes, by } = checkOrder(order, options);
    const accounts = await this.#accountsOf(id);
    const objection = objectionsTo(accounts)[outcome];
    if (objection !== undefined)
      throw new AyesError("contradicted", `${id} cannot be forced to ${order}: ${objection}`);
    const { attempt, position } = promiseIn(accounts) as Promised;
    const targets = targetsOf(accounts, nodes);
    for (const { node, ward } of targets) {
      const seen = await callOn(ward, async (control) => {
        await control.obey({ kind: "force", txn: id, attempt, outcome, position, reason, by });
        return control.testify([id]);
      });
      if (seen?.[0]?.forced === outcome) continue;
      throw new AyesError("contradicted", `${node} was not forced: it has learned more meanwhile, or does not answer`);
    }
    return doubtOf(id, (await this.#look([id])).get(id) ?? accounts);
  }

  async forget(txn: string): Promise<{ txn: string; nodes: string[] }> {
    this.#requireOpen();
    const id = checkId(txn);
    const accounts = await this.#accountsOf(id);
    const wrong = accounts.filter(({ doubts }) => doubts?.forced.some((forced) => forced.txn === id && forced.real));
    if (wrong.length === 0) {
      throw new AyesError("contradicted", `nobody knows yet whether what was forced upon ${id} was right`);
    }
    for (const { ward } of wrong) await callOn(ward, (control) => control.obey({ kind: "forget", txn: id }));
    return { txn: id, nodes: wrong.map(({ node }) => node) };
  }

  async #accountsOf(txn: TxnId): Promise<Account[]> {
    const accounts = (await this.#look()).get(txn);
    if (accounts) return accounts;
    throw new AyesError("not-found", `${txn} is not in doubt, and nothing was forced upon it`);
  }

  /** Who takes part in each transaction in doubt, and what they say. Others may be named, which are over by now. */
  async #look(also: readonly TxnId[] = []): Promise<Map<TxnId, Account[]>> {
    const wards = this.#supervisor.wards();
    const said = await Promise.all(wards.map((ward) => this.#ask(ward, (control) => control.doubts())));
    const txns = [...new Set([...said.flatMap((doubts) => (doubts ? openIn(doubts) : [])), ...also])];
    if (txns.length === 0) return new Map();
    const testimonies = await Promise.all(wards.map((ward) => this.#ask(ward, (control) => control.testify(txns))));
    const found = txns.map((txn, index): [TxnId, Account[]] => {
      const accounts = wards.map((ward, place): Account => {
        const testimony: Testimony | undefined = testimonies[place]?.[index];
        return { ward, node: ward.spec.self, isUp: ward.state === "up", doubts: said[place], testimony };
      });
      return [txn, partIn(txn, accounts)];
    });
    return new Map(found);
  }

  async #ask<T>(ward: Ward, work: Asking<T>): Promise<T | undefined> {
    return ward.host && this.#disturbances.isPaused(ward.host) ? undefined : callOn(ward, work);
  }
}

async function callOn<T>({ state, host }: Ward, work: Asking<T>): Promise<T | undefined> {
  if (state !== "up" || !host) return undefined;
  return host.control.call(work).catch(() => undefined);
}

/** A commit that only waits for acknowledgements is decided. */
function openIn({ inDoubt, forced }: NodeDoubts): TxnId[] {
  const isOpen = ({ role, phase }: InDoubt) => role === "participant" || phase === "working";
  return [...inDoubt.filter(isOpen), ...forced].map(({ txn }) => txn);
}

/** Those whose word counts: its coordinator and its participants, or whoever knows it, if nobody has promised it. */
function partIn(txn: TxnId, accounts: readonly Account[]): Account[] {
  const promise = promiseIn(accounts);
  if (promise) {
    return accounts.filter(({ node }) => node === promise.coordinator || promise.participants.includes(node));
  }
  return accounts.filter(
    ({ doubts }) => doubts && [...doubts.inDoubt, ...doubts.forced].some((one) => one.txn === txn),
  );
}

function doubtOf(txn: TxnId, accounts: readonly Account[]): Doubt {
  const open = accounts.flatMap(({ doubts, node }) => {
    return (doubts?.inDoubt ?? []).filter((one) => one.txn === txn).map((one) => ({ ...one, node }));
  });
  const forced = accounts.flatMap(({ doubts, node }): ForcedOutcome[] => {
    return (doubts?.forced ?? []).filter((one) => one.txn === txn).map(({ txn: _, ...order }) => ({ node, ...order }));
  });
  const { keys, files } = shownLocks([...new Set(open.flatMap(({ writes, reads }) => [...writes, ...reads]))]);
  const since = Math.min(...open.map(({ at }) => at), ...forced.map(({ at }) => at));
  const readers = accounts.flatMap(({ node, doubts }) => {
    const [, count] = doubts?.waiters.find(([waited]) => waited === txn) ?? [];
    return count === undefined ? [] : [[node, count] as const];
  });
  const { committed, aborted } = objectionsTo(accounts);
  const isMismatch = forced.some(({ real }) => real !== undefined);
  return {
    txn,
    protocol: promiseIn(accounts)?.protocol ?? "2pc",
    state: isMismatch ? "mismatch" : open.length > 0 ? "undecided" : "forced",
    ageMs: Number.isFinite(since) ? Math.max(0, Math.round(Date.now() - since)) : 0,
    waitingFor: [...new Set(open.flatMap(({ waitingFor }) => waitingFor))],
    keys,
    ...(files.length > 0 && { files }),
    readers: Object.fromEntries(readers),
    logs: accounts.map((account) => evidenceOf(account, promiseIn(accounts))),
    forced,
    objections: {
      ...(committed !== undefined && { commit: committed }),
      ...(aborted !== undefined && { abort: aborted }),
    },
  };
}

function evidenceOf({ node, isUp, testimony, ward }: Account, promise: Promised | undefined): DoubtEvidence {
  if (!isUp)
    return { node, isUp, proves: `it is down, so its log cannot be read${ward.reason ? `: ${ward.reason}` : ""}` };
  if (!testimony) return { node, isUp, proves: "it is up but does not answer" };
  const votes = !promise || promise.participants.includes(node) || promise.protocol === "3pc";
  return { node, isUp, proves: votes ? provenBy(testimony) : "it coordinates: it will decide, or has" };
}

function provenBy({ says, forced }: Testimony): string {
  if (forced !== undefined && says === "promised") return `it promised to commit, and was forced: ${forced}`;
  if (forced !== undefined) return `it was forced: ${forced}, but it is ${says}`;
  return PROVEN[says];
}

const PROVEN: Readonly<Record<Testimony["says"], string>> = {
  unseen: "it has not voted yes",
  forgotten: "it may have known, and has forgotten",
  working: "it asks for votes: nothing is decided",
  promised: "it voted yes: it has promised to commit if told so",
  precommitted: "it knows that all voted yes",
  committed: "it knows that it committed",
  aborted: "it knows that it was aborted",
};

/** All that have promised and were not forced, or those of them that are named. */
function targetsOf(accounts: readonly Account[], nodes: readonly string[] | undefined): Account[] {
  const able = accounts.filter(({ testimony }) => testimony?.promise !== undefined && testimony.forced === undefined);
  const stranger = nodes?.find((name) => !able.some(({ node }) => node === name));
  if (stranger !== undefined) {
    throw new AyesError("invalid", `${stranger} is not up with a promise that nobody has decided`);
  }
  return nodes ? able.filter(({ node }) => nodes.includes(node)) : able;
}

type Checked = { outcome: Outcome; reason: string; by: string; nodes: readonly string[] | undefined };

function checkOrder(order: unknown, options: unknown): Checked {
  if (order !== "commit" && order !== "abort")
    throw new AyesError("invalid", "an outcome is forced to commit or abort");
  const { reason, nodes, by } = checkResolveOptions(options);
  return { outcome: OUTCOMES[order], reason, nodes, by: by ?? userName() };
}

/** What a person says when forcing an outcome. */
export function checkResolveOptions(options: unknown): ResolveOptions {
  const record = requireObject(options, "the options");
  requireFields(record, ["reason", "nodes", "by"], "the options");
  const reason = checkReason(typeof record.reason === "string" ? record.reason.trim() : record.reason);
  if (reason === undefined) throw new AyesError("invalid", "a forced outcome needs a reason, which stays in the logs");
  if (record.nodes !== undefined && !Array.isArray(record.nodes)) {
    throw new AyesError("invalid", "nodes must be a list of names");
  }
  const nodes = (record.nodes as unknown[] | undefined)?.map((node) => checkNode(node));
  const by = checkReason(record.by);
  return { reason, ...(nodes && { nodes }), ...(by !== undefined && { by }) };
}

/** Who runs this program. */
export function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return UNKNOWN_USER;
  }
}
