/**
 * Membership `up-set`: transactions involve the replicas that are up to date; who comes back catches up first.
 *
 * The members are a view, agreed by a three-phase commit of those whom it makes members. Whoever fails leaves the up-set of
 * the others, which is forced (UP1). A replica that has failed is no member until a leader that is has copied to it what
 * it missed, and a transaction without others beside it makes it one (UP2). When all have failed, the last group to fail
 * (as in three-phase commit) agrees on a new view once all of it is back and has nothing in doubt (UP3). A replica votes on
 * transactions of its own view only, and only while it serves (UP4).
 */

import type { Begin, Ends, Join, MembershipMessage, Offer, Prepare, Rows } from "../message.js";
import { both, type Env, type Output, say } from "../protocol.js";
import type { Concluded, Survived } from "../record.js";
import type { Effect, Incarnation, Millis, NodeId, TxnId } from "../transaction.js";
import { Newcomer } from "./newcomer.js";
import { Sponsor, type Transactions } from "./sponsor.js";
import { type Founders, type MembershipStatus, type Report, type Survey, survey } from "./survey.js";
import {
  changeId,
  changeTo,
  decodeView,
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

/** What the failure detector says. */
export type PeerWord = { node: NodeId; up: boolean; epoch: number };

export class Membership {
  readonly #founders: Founders;
  #view: Installed | undefined;
  /** Of the members, those that have not failed since. */
  #up: readonly NodeId[] = [];
  #survived: Survived | undefined;
  #serves = false;
  /** The changes on which this life has voted, and with which lives of others: only these make it a member. */
  readonly #promised = new Map<TxnId, readonly Incarnation[]>();
  /** Which life of each member is one: the failure of an earlier life is no news. */
  #incarnations: readonly Incarnation[] = [];
  /** What other replicas that do not serve say of their logs. */
  #reports: readonly Report[] = [];
  readonly #newcomer = new Newcomer();
  #sponsor: Sponsor | undefined;
  #steps = 0;
  /** When the newcomer was last heard of. */
  #heardAt: Millis = 0;
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
  promised(txn: TxnId, incarnations: readonly Incarnation[]): void {
    this.#promised.set(txn, incarnations);
  }

  /** What transactions wrote, for those who copy it. A new view is in force at once. */
  wrote(writes: readonly Effect[], env: Env): Output {
    for (const { key } of writes) this.#sponsor?.note(key);
    const change = writes.find(({ key }) => key === VIEW_KEY);
    if (change?.value === undefined) return say();
    this.#view = { ...decodeView(change.value), version: change.version };
    const isMember = this.#view.members.includes(env.self);
    const incarnations = this.#promised.get(change.version);
    this.#serves = incarnations !== undefined && isMember;
    if (isMember) env.resume(change.position ?? 0);
    this.#incarnations = incarnations ?? [];
    this.#promised.clear();
    this.#reports = [];
    this.#dismiss();
    this.#applicants = this.#applicants.filter((node) => !this.#view?.members.includes(node));
    this.#alarmAt = env.now;
    this.#up = this.#view.members;
    const failed = this.#incarnations.filter((incarnation) => env.hasFailed(incarnation)).map(({ node }) => node);
    return this.#shrink(this.#view.members.filter((node) => !failed.includes(node)));
  }

  onPeer({ node, up, epoch }: PeerWord, around: Surroundings, env: Env): Output {
    if (up) {
      return this.#serves || node === env.self ? say() : say({ target: node, body: this.#join(around) });
    }
    this.#reports = this.#reports.filter((report) => report.node !== node);
    this.#applicants = this.#applicants.filter((applicant) => applicant !== node);
    if (this.#sponsor?.newcomer === node) this.#dismiss();
    const isMember = this.#incarnations.some((member) => member.node === node && member.epoch <= epoch);
    if (!this.#serves || !isMember) return say();
    return both(this.#shrink(this.#up.filter((member) => member !== node)), this.#sponsorNext(env));
  }

  onMessage(source: NodeId, body: MembershipMessage, around: Surroundings, env: Env): Output {
    switch (body.kind) {
      case "join":
        return this.#onJoin(source, body, around, env);
      case "want":
        if (this.#sponsor?.newcomer !== source) return say();
        this.#heardAt = env.now;
        return this.#admit(this.#sponsor.onWant(body, around, env), around, env);
      default:
        return this.#serves ? say() : this.#catchUp(source, body, around, env);
    }
  }

  #catchUp(source: NodeId, body: Offer | Rows | Ends, around: Surroundings, env: Env): Output {
    const sponsor = { node: source, epoch: env.epochOf(source) };
    const isOld =
      (body.kind === "rows" && !this.#newcomer.awaits(sponsor, body)) ||
      (body.kind === "offer" && this.#newcomer.isOld(sponsor, body));
    // For as long as it is told something new, it need not ask again.
    if (!isOld) this.#alarmAt = env.now + env.settings.inquireAfterMs;
    switch (body.kind) {
      case "offer":
        return isOld ? say() : this.#newcomer.onOffer(sponsor, body, env);
      case "rows":
        return isOld ? say() : this.#newcomer.onRows(sponsor, body);
      case "ends":
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
    const others = env.nodes.filter((node) => node !== env.self);
    const body = this.#join(around);
    return both(say(...others.map((target) => ({ target, body }))), this.#found(around, env));
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

  #onJoin(source: NodeId, { number, up, ...doubt }: Join, around: Surroundings, env: Env): Output {
    const inDoubt = doubt.inDoubt === true;
    if (!this.#serves) {
      this.#reports = [...this.#reports.filter(({ node }) => node !== source), { node: source, number, up, inDoubt }];
      return this.#found(around, env);
    }
    // It was sent before its sender became a member of this view.
    if (this.#view && number < this.#view.number && this.#up.includes(source)) return say();
    // Whoever has to catch up has failed, whatever the failure detector has said so far.
    const shrunk = this.#shrink(this.#up.filter((member) => member !== source));
    if (this.#sponsor?.newcomer === source) {
      // It has begun anew: so does the copy, unless the question only comes late.
      if (env.now - this.#heardAt < env.settings.resendAfterMs) return shrunk;
      this.#dismiss();
    }
    if (!inDoubt && !this.#applicants.includes(source)) this.#applicants = [...this.#applicants, source];
    return both(shrunk, this.#sponsorNext(env));
  }

  #dismiss(): void {
    this.#steps = this.#sponsor?.step ?? this.#steps;
    this.#sponsor = undefined;
  }

  /** One after the other, and only by the leader. */
  #sponsorNext(env: Env): Output {
    if (this.#sponsor || this.leader(env.nodes) !== env.self) return say();
    const [next, ...rest] = this.#applicants;
    if (next === undefined) return say();
    this.#applicants = rest;
    this.#heardAt = env.now;
    this.#sponsor = new Sponsor(next, this.#steps);
    this.#alarmAt = env.now + env.settings.resendAfterMs;
    return say(...this.#sponsor.begin(env));
  }

  /** UP2. */
  #admit(messages: Output["messages"], around: Surroundings, env: Env): Output {
    if (!this.#sponsor?.isReady || !around.isQuiet()) return say(...messages);
    return both(say(...messages), this.#change([...this.#up, this.#sponsor.newcomer], around, env));
  }

  /** UP3. Only those that have nothing in doubt are heard of, so the members agree on everything that came before. */
  #found(around: Surroundings, env: Env): Output {
    const { last, known } = this.#survey(env.self);
    const isWhole = last.length > 0 && last.every((node) => known.includes(node));
    if (!isWhole || inOrder(env.nodes, last)[0] !== env.self || !around.isQuiet()) return say();
    return this.#change(last, around, env);
  }

  #survey(self: NodeId): Survey {
    const own: Report = { node: self, number: this.#view?.number ?? 0, up: this.#up, inDoubt: false };
    return survey([own, ...this.#reports], this.#founders);
  }

  #change(members: readonly NodeId[], around: Surroundings, env: Env): Output {
    const number = Math.max(this.#view?.number ?? 0, ...this.#reports.map((report) => report.number)) + 1;
    const view: View = { number, members: inOrder(env.nodes, members), leader: env.self };
    this.#changes += 1;
    return around.begin(changeTo(view, changeId(number, env, this.#changes)));
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
