/**
 * Membership `up-set`: transactions involve the replicas that are up to date; who comes back catches up first.
 *
 * The members are a view, agreed by a three-phase commit of those whom it makes members. Whoever fails leaves the up-set of
 * the others, which is forced (UP1). A replica that has failed is no member until a leader that is has copied to it what
 * it missed, and a transaction without others beside it makes it one (UP2). When all have failed, the last group to fail
 * (as in three-phase commit) agrees on a new view once all of it is back and has nothing in doubt (UP3). A replica votes on
 * transactions of its own view only, and only while it serves (UP4).
 */

import type { Begin, Join, MembershipMessage, Prepare } from "../message.js";
import { both, type Env, type Output, say } from "../protocol.js";
import type { Concluded, Survived } from "../record.js";
import { lastGroup } from "../three-phase/group.js";
import type { Millis, NodeId, TxnId, Write } from "../transaction.js";
import { Newcomer } from "./newcomer.js";
import { Sponsor, type Transactions } from "./sponsor.js";
import {
  changeId,
  decodeView,
  encodeView,
  hasMember,
  type Installed,
  inOrder,
  isChange,
  leaderOf,
  VIEW_KEY,
  type View,
} from "./view.js";

/** What the rest of its node tells it, and does for it. */
export type Surroundings = Transactions & {
  /** Notes how transactions ended that are not known here. */
  adopt(records: readonly Concluded[]): Output;
  /** Begins a transaction as if a client had asked. */
  begin(begin: Begin): Output;
};

export type MembershipStatus = {
  serves: boolean;
  number: number;
  members: NodeId[];
  up: NodeId[];
  leader: NodeId | undefined;
  /** For whom it waits before it can serve. */
  waitingFor: NodeId[];
  /** The others of which it knows that they do not serve either. */
  waitingWith: NodeId[];
};

/** Those who have to be there when the first view is made. */
export type Founders = readonly NodeId[];

type Report = { node: NodeId; number: number; up: readonly NodeId[]; inDoubt: boolean };

const CHANGE_MS = 5000;

export class Membership {
  readonly #founders: Founders;
  #view: Installed | undefined;
  /** Of the members, those that have not failed since. */
  #up: readonly NodeId[] = [];
  #survived: Survived | undefined;
  #serves = false;
  /** The changes on which this incarnation has voted: only these make it a member. */
  readonly #promised = new Set<TxnId>();
  /** What other replicas that do not serve say of their logs. */
  #reports: readonly Report[] = [];
  readonly #newcomer = new Newcomer();
  #sponsor: Sponsor | undefined;
  /** Replicas that wait for a sponsor. */
  #applicants: readonly NodeId[] = [];
  #changes = 0;
  #alarmAt: Millis | undefined = 0;

  constructor(founders: Founders) {
    this.#founders = founders;
  }

  get serves(): boolean {
    return this.#serves;
  }

  get electorate(): readonly NodeId[] {
    return this.#up;
  }

  get version(): TxnId | undefined {
    return this.#view?.version;
  }

  /** Whether new transactions have to wait: a newcomer is about to become a member. */
  get isClosing(): boolean {
    return this.#sponsor?.isClosing === true;
  }

  leader(nodes: readonly NodeId[]): NodeId | undefined {
    return this.#view && this.#serves ? leaderOf(this.#view, this.#up, nodes) : undefined;
  }

  deadline(): Millis | undefined {
    return this.#alarmAt;
  }

  /** At the start: the view that was agreed last, and who of it had failed before this node did. */
  recall(record: Survived): void {
    this.#survived = record;
  }

  start(env: Pick<Env, "read">): void {
    const stored = env.read(VIEW_KEY);
    if (!stored) return;
    this.#view = { ...decodeView(stored.value), version: stored.version };
    const { number, members } = this.#view;
    this.#up = this.#survived?.number === number ? this.#survived.up : members;
  }

  status(self: NodeId, nodes: readonly NodeId[]): MembershipStatus {
    const { last, known } = this.#survey(self);
    const waitingFor = this.#serves ? [] : last.filter((node) => !known.includes(node));
    const waitingWith = this.#reports.map(({ node }) => node);
    const leader = this.leader(nodes);
    const { number = 0, members = [] } = this.#view ?? {};
    return { serves: this.#serves, number, members: [...members], up: [...this.#up], leader, waitingFor, waitingWith };
  }

  /**
   * UP4. What keeps this replica from voting. It knows everybody whom it makes a member as up, so that it will hear when
   * one of them fails.
   */
  objectionTo({ operations, processes = [] }: Prepare, env: Env): string | undefined {
    if (!isChange(operations)) return this.#serves ? undefined : `${env.self} is catching up`;
    const unknown = processes.find(({ node, epoch }) => !env.isUp(node) || env.epochOf(node) !== epoch);
    return unknown && `${env.self} does not know yet that ${unknown.node} is up`;
  }

  /** A change was promised here, in this life. */
  promised(txn: TxnId): void {
    this.#promised.add(txn);
  }

  /** What transactions wrote, for those who copy it. A new view is in force at once. */
  wrote(writes: readonly Write[], env: Env): Output {
    for (const { key } of writes) this.#sponsor?.note(key);
    const change = writes.find(({ key }) => key === VIEW_KEY);
    if (change?.value === undefined) return say();
    this.#view = { ...decodeView(change.value), version: change.version };
    const isMember = this.#view.members.includes(env.self);
    this.#serves = this.#promised.has(change.version) && isMember;
    this.#promised.clear();
    this.#reports = [];
    this.#sponsor = undefined;
    this.#applicants = this.#applicants.filter((node) => !this.#view?.members.includes(node));
    this.#alarmAt = env.now;
    this.#up = this.#view.members;
    return this.#shrink(this.#view.members.filter((node) => node === env.self || this.#isUp(node, env)));
  }

  onPeer(node: NodeId, up: boolean, env: Env): Output {
    if (up && !this.#serves) this.#alarmAt = env.now;
    if (up) return say();
    this.#reports = this.#reports.filter((report) => report.node !== node);
    this.#applicants = this.#applicants.filter((applicant) => applicant !== node);
    if (this.#sponsor?.newcomer === node) this.#sponsor = undefined;
    if (!this.#serves) return say();
    return both(this.#shrink(this.#up.filter((member) => member !== node)), this.#sponsorNext(env));
  }

  onMessage(source: NodeId, body: MembershipMessage, around: Surroundings, env: Env): Output {
    switch (body.kind) {
      case "join":
        return this.#onJoin(source, body, around, env);
      case "want":
        if (this.#sponsor?.newcomer !== source) return say();
        return this.#admit(this.#sponsor.onWant(body, around, env), around, env);
      default:
        if (this.#serves) return say();
        this.#alarmAt = env.now + env.settings.inquireAfterMs;
        if (body.kind === "offer") return this.#newcomer.onOffer(source, body, env);
        if (body.kind === "rows") return this.#newcomer.onRows(source, body);
        return both(
          around.adopt(body.records),
          say({ target: source, body: { kind: "want", step: body.step, keys: [] } }),
        );
    }
  }

  /** Asks again, tries again. */
  onAlarm(around: Surroundings, env: Env): Output {
    if (this.#alarmAt === undefined || env.now < this.#alarmAt) return say();
    if (this.#serves) return this.#retry(around, env);
    this.#alarmAt = env.now + env.settings.inquireAfterMs;
    // All of them: who the members are is what it does not know.
    const others = env.nodes.filter((node) => node !== env.self);
    const founding = this.#found(around, env);
    const isFounding = founding.records.length + founding.messages.length > 0;
    const body = this.#join(around);
    return isFounding ? founding : say(...others.map((target) => ({ target, body })));
  }

  /** Nothing may be open when a newcomer is to become a member. */
  onQuiet(around: Surroundings, env: Env): Output {
    if (!this.#sponsor?.waits || !around.isQuiet()) return say();
    return this.#admit(this.#sponsor.goOn(around, env), around, env);
  }

  #retry(around: Surroundings, env: Env): Output {
    if (!this.#sponsor) {
      this.#alarmAt = undefined;
      return this.#sponsorNext(env);
    }
    this.#alarmAt = env.now + env.settings.resendAfterMs;
    return this.#sponsor.isReady ? this.#admit([], around, env) : say(...this.#sponsor.begin(env));
  }

  #onJoin(source: NodeId, { number, up, inDoubt }: Join, around: Surroundings, env: Env): Output {
    if (!this.#serves) {
      const report: Report = { node: source, number, up, inDoubt: inDoubt === true };
      this.#reports = [...this.#reports.filter(({ node }) => node !== source), report];
      return this.#found(around, env);
    }
    // It was sent before this life of it was admitted.
    if (this.#up.includes(source) && this.#isUp(source, env)) return say();
    // Whoever has to catch up has failed, whatever the failure detector has said so far.
    const shrunk = this.#shrink(this.#up.filter((member) => member !== source));
    if (!inDoubt && !this.#applicants.includes(source)) this.#applicants = [...this.#applicants, source];
    return both(shrunk, this.#sponsorNext(env));
  }

  /** One after the other, and only by the leader. */
  #sponsorNext(env: Env): Output {
    if (this.#sponsor || this.leader(env.nodes) !== env.self) return say();
    const [next, ...rest] = this.#applicants;
    if (next === undefined) return say();
    this.#applicants = rest;
    this.#sponsor = new Sponsor(next);
    this.#alarmAt = env.now + env.settings.resendAfterMs;
    return say(...this.#sponsor.begin(env));
  }

  /** UP2. */
  #admit(messages: Output["messages"], around: Surroundings, env: Env): Output {
    if (!this.#sponsor?.isReady || !around.isQuiet()) return say(...messages);
    return both(say(...messages), this.#change([...this.#up, this.#sponsor.newcomer], around, env));
  }

  /** UP3. Only those that have nothing in doubt count, so the members agree on everything that came before. */
  #found(around: Surroundings, env: Env): Output {
    const { last, known } = this.#survey(env.self);
    const isWhole = last.length > 0 && last.every((node) => known.includes(node));
    if (!isWhole || inOrder(env.nodes, last)[0] !== env.self || !around.isQuiet()) return say();
    return this.#change(last, around, env);
  }

  #survey(self: NodeId): { last: readonly NodeId[]; known: NodeId[] } {
    const own: Report = { node: self, number: this.#view?.number ?? 0, up: this.#up, inDoubt: false };
    const reports = [own, ...this.#reports.filter(({ inDoubt }) => !inDoubt)];
    const known = reports.map(({ node }) => node);
    // A replica that never ran knows nothing: it can only join, or begin with all others.
    const told = reports.filter(({ number }) => number > 0);
    if (told.length === 0) return { last: this.#founders, known };
    const groups = told.map(({ node, number, up }) => ({ node, group: up, round: number }));
    return { last: lastGroup(groups), known };
  }

  #change(members: readonly NodeId[], around: Surroundings, env: Env): Output {
    const number = Math.max(this.#view?.number ?? 0, ...this.#reports.map((report) => report.number)) + 1;
    const named = inOrder(env.nodes, members);
    const epochs = named.map((node) => env.epochOf(node));
    const view: View = { number, members: named, epochs, leader: env.self };
    this.#changes += 1;
    const txn = changeId(number, env, this.#changes);
    const operations = [{ op: "put" as const, key: VIEW_KEY, value: encodeView(view) }];
    const deadlineMs = CHANGE_MS;
    const electorate = view.members;
    const begin = { kind: "begin", request: 0, txn, protocol: "3pc", operations, checks: [], deadlineMs } as const;
    return around.begin({ ...begin, checks: [], electorate });
  }

  /** Those that serve know which life of a member was admitted. */
  #isUp(node: NodeId, env: Env): boolean {
    const isAdmitted = this.#view && hasMember(this.#view, { node, epoch: env.epochOf(node) });
    return env.isUp(node) && (isAdmitted || !this.#serves);
  }

  /** UP1. */
  #shrink(up: readonly NodeId[]): Output {
    const isSame = up.length === this.#up.length && up.every((node) => this.#up.includes(node));
    if (isSame || !this.#view) return say();
    this.#up = up;
    const record: Survived = { kind: "survived", number: this.#view.number, up: [...up] };
    return { records: [{ record, forced: true }], writes: [], messages: [] };
  }

  #join(around: Surroundings): Join {
    const join: Join = { kind: "join", number: this.#view?.number ?? 0, up: [...this.#up] };
    return around.isQuiet() ? join : { ...join, inDoubt: true };
  }
}
