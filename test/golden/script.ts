/** The language of conversations: `> command` lines, each followed by what is heard. */

import type { MembershipStatus } from "../../actors/membership/survey.js";
import type { Message } from "../../actors/message.js";
import {
  type Check,
  homeOf,
  type NodeId,
  type Operation,
  type Outcome,
  type ProtocolName,
} from "../../actors/transaction.js";
import type { Roles } from "../../actors/transactions.js";
import { ALWAYS, type Rule, type Validator, validatorText } from "../../actors/validator.js";
import { parse } from "../../cli/language/parse.js";
import { CRASH_POINTS, type CrashPlan, type CrashPoint } from "../../runtime/faults.js";
import { keyText, rangeText } from "../../runtime/journal-text.js";
import { checkIn, digestOf, letterOf, operationIn, orderText, valueText } from "./clauses.js";
import { Reader } from "./reader.js";
import { type Flight, Stage } from "./stage.js";

/** The most that is listed. */
const LISTING = 100;

/** Plays a script and returns it with what was heard in place of what was expected. `roles` are other rules than ours. */
export function play(script: string, roles: Partial<Roles> = {}): string {
  const player = new Player(roles);
  const lines: string[] = [];
  for (const line of script.split("\n")) {
    if (line.startsWith(">")) lines.push(line, ...player.perform(line.slice(1).trim()));
    else if (line.startsWith("#") || line.trim() === "") lines.push(line);
  }
  return lines.join("\n");
}

class Player {
  readonly #roles: Partial<Roles>;
  #stage: Stage | undefined;
  #request = 0;
  readonly #reader = new Reader();
  #protocol: ProtocolName = "2pc";
  /** Whom the client asks, if not the home of the transaction. */
  #asked: NodeId | undefined;

  constructor(roles: Partial<Roles>) {
    this.#roles = roles;
  }

  perform(command: string): string[] {
    const [verb = "", ...rest] = command.split(" ");
    const said = this.#say(verb, rest);
    for (const body of this.#stage?.takeAnswers() ?? []) this.#reader.hear(body);
    return [...(this.#stage?.takeLines() ?? []), ...said].map((line) => `    ${line}`);
  }

  #say(verb: string, rest: string[]): string[] {
    const [first = "", second = ""] = rest;
    switch (verb) {
      case "begin":
        return this.#begin(first, rest.slice(1).join(" "));
      case "fill":
        return this.#fill(Number(first));
      case "ask":
        return this.#ask(first, second === "settle", rest[2]);
      case "read":
        this.#send(first, this.#reader.question(this.#next(), rest.slice(1).join(" ")));
        return [];
      case "follow":
        return this.#follow(first, rest);
      case "validator":
        this.stage.actor(first).core.validate(ruleIn(rest));
        return [validatorText(this.stage.actor(first).core.validator)];
      case "verdict":
        this.#verdict(first, second, rest.slice(2));
        return [];
      case "force":
      case "forget":
        this.#byHand(verb, first, second, rest.slice(2));
        return [];
      case "deliver":
        return this.#deliver(rest);
      case "wait":
        this.stage.wait(Number(first));
        return [];
      case "late":
        this.stage.late();
        return [];
      default:
        return this.#set(verb, rest) ?? this.#pick(verb, rest) ?? this.#happen(verb, rest) ?? this.#show(verb, first);
    }
  }

  /** The scene, and whom the client asks for what. */
  #set(verb: string, [...rest]: string[]): string[] | undefined {
    const [first = ""] = rest;
    if (verb === "nodes") this.#stage = new Stage(rest, this.#protocol, {}, this.#roles);
    else if (verb === "up-set") this.#stage = new Stage(rest, this.#protocol, { founders: rest }, this.#roles);
    else if (verb === "remember") {
      this.#stage = new Stage(rest.slice(1), this.#protocol, { retainedOutcomes: Number(first) }, this.#roles);
    } else if (verb === "protocol") this.#protocol = first as ProtocolName;
    else if (verb === "ask-at") this.#asked = first || undefined;
    else return undefined;
    return [];
  }

  get stage(): Stage {
    if (!this.#stage) throw new Error("the first command is nodes");
    return this.#stage;
  }

  #begin(txn: string, text: string): string[] {
    const operations: Operation[] = [];
    const checks: Check[] = [];
    for (const clause of text.split(", ")) {
      const words = clause.split(" ");
      const operation = operationIn(words);
      if (operation) operations.push(operation);
      else checks.push(words[0] === "unchanged" ? this.#reader.check(words[1] ?? "") : checkIn(words));
    }
    const request = this.#next();
    return this.#toCoordinator(txn, {
      kind: "begin",
      request,
      txn,
      protocol: this.#protocol,
      operations,
      checks,
      deadlineMs: 1000,
    });
  }

  #ask(txn: string, settle: boolean, node: NodeId | undefined): string[] {
    const ask = { kind: "ask", request: this.#next(), txn, protocol: this.#protocol, settle } as const;
    if (node === undefined) return this.#toCoordinator(txn, ask);
    this.#send(node, ask);
    return [];
  }

  /** Commits many transactions with time-ordered ids, which are not worth their lines. */
  #fill(count: number): string[] {
    for (let index = 1; index <= count; index += 1) {
      this.#begin(String(index).padStart(26, "0"), "put filled 1");
      this.stage.run();
    }
    this.stage.takeLines();
    return [];
  }

  /** `follow n1 since 3`, with a prefix if there is one; or `follow n1`, which asks where it stands. */
  #follow(node: string, [, , since, prefix]: string[]): string[] {
    const about = { ...(since && { since: Number(since) }), ...(prefix && { prefix }) };
    this.#send(node, { kind: "follow", request: this.#next(), ...about, limit: 100, deadlineMs: 1000 });
    return [];
  }

  /** Somebody outside answers: `verdict n1 t1 yes`, or `no` and why. It is about the first attempt unless told. */
  #verdict(node: string, txn: string, [word = "", ...detail]: string[]): void {
    const attempt = detail[0] === "attempt" ? Number(detail.splice(0, 2)[1]) : 1;
    this.#send(node, { kind: "verdict", txn, attempt, yes: word === "yes", detail: detail.join(" ") });
  }

  /** A person orders how it ended: `force n1 t1 committed` and why; or has seen that it ended otherwise. */
  #byHand(verb: "force" | "forget", node: string, txn: string, [outcome, ...reason]: string[]): void {
    const { attempt = 1, position = 0 } = this.stage.actor(node).core.testify(txn).promise ?? {};
    const order = { attempt, outcome: outcome as Outcome, position, reason: reason.join(" "), by: "ann" };
    this.#send(node, verb === "force" ? { kind: verb, txn, ...order } : { kind: verb, txn });
  }

  #toCoordinator(txn: string, body: Message): string[] {
    this.#send(this.#asked ?? homeOf(txn, this.stage.coordinators), body);
    return [];
  }

  /** A client's message arrives at once. */
  #send(target: string, body: Message): void {
    this.stage.send("client", target, body);
    this.stage.deliver(this.stage.flights((flight) => flight.source === "client"));
  }

  /**
   * Everything until all is quiet; or only messages of one kind, to one node and of one transaction if named.
   * With a source too, it is one message: the oldest, or that in the given place.
   */
  #deliver([kind, ...about]: string[]): string[] {
    if (kind === undefined) this.stage.run();
    else this.stage.deliver(this.#flights(kind, about));
    return [];
  }

  /** What befalls one node. */
  #happen(verb: string, [node = "", ...rest]: string[]): string[] | undefined {
    const unnoticed = rest.includes("unnoticed");
    const [about = "", how] = rest;
    if (verb === "stage" || verb === "unstage") this.#stageContent(verb, node, rest);
    else if (verb === "refuse") this.stage.refuse(node, about === "durable");
    else if (verb === "crash")
      this.stage.crash(node, plan(rest), { unnoticed, flush: rest.includes("flushed"), empty: rest.includes("empty") });
    else if (verb === "restart") this.stage.start(node, unnoticed);
    else if (verb === "hold") this.stage.hold(node, about);
    else if (verb === "hear") this.stage.hear(node, about, how === "up");
    else if (verb === "alarm" || verb === "flush") this.stage.ring(node);
    else return undefined;
    return [];
  }

  /** Somebody puts a content where nodes look for it, or takes it away: at all replicas unless some are named. */
  #stageContent(verb: "stage" | "unstage", letter: string, nodes: string[]): void {
    for (const node of nodes.length > 0 ? nodes : this.stage.replicas) {
      const { staged } = this.stage.contents(node);
      if (verb === "stage") staged.add(digestOf(letter));
      else staged.delete(digestOf(letter));
    }
  }

  #pick(verb: string, [kind = "", ...about]: string[]): string[] | undefined {
    if (verb !== "lose" && verb !== "copy" && verb !== "keep") return undefined;
    for (const flight of this.#flights(kind, about)) this.stage[verb](flight);
    return [];
  }

  #flights(kind: string, [target, txn, source, which = "1"]: string[]): Flight[] {
    const found = this.stage.flights(
      (flight) =>
        flight.body.kind === kind &&
        (target === undefined || flight.target === target) &&
        (txn === undefined || ("txn" in flight.body && flight.body.txn === txn)) &&
        (source === undefined || flight.source === source),
    );
    if (found.length === 0) throw new Error(`no ${kind} is on its way ${[target, txn, source].join(" ")}`);
    if (source === undefined) return found;
    const place = Number(which) - 1;
    return found.slice(place, place + 1);
  }

  #show(what: string, node: string): string[] {
    const { storage, core } = this.stage.actor(node);
    switch (what) {
      case "log":
        return [...storage.replay()].map((record) => ("txn" in record ? `${record.kind} ${record.txn}` : record.kind));
      case "data":
        return storage.keys("", LISTING).map((key) => {
          const stored = storage.get(key);
          return `${keyText(key)} = ${valueText(key, stored?.value)}@${stored?.version}`;
        });
      case "locks":
        return core.locks().map(({ txn, writes, reads, ranges }) => {
          const read = [...reads.map(keyText), ...ranges.map(rangeText)];
          return `${txn} writes ${writes.map(keyText).join(" ")} reads ${read.join(" ")}`;
        });
      case "positions": {
        const { clock, frontier } = core.positions;
        return [`has come to ${clock}, complete up to ${frontier}`];
      }
      case "contents": {
        const contents = this.stage.contents(node);
        const kept = [...contents.all()].map(letterOf).sort();
        return [
          `keeps ${kept.join(" ") || "nothing"}, staged ${[...contents.staged].map(letterOf).join(" ") || "nothing"}`,
        ];
      }
      case "members":
        return [membersText(core.membership())];
      case "forced":
        return core.forced().map(orderText);
      case "doubt":
        return core.inDoubt().map(({ txn, phase, waitingFor }) => `${txn} ${phase}, waits for ${waitingFor.join(" ")}`);
      default:
        throw new Error(`no command ${what}`);
    }
  }

  #next(): number {
    this.#request += 1;
    return this.#request;
  }
}

/** A rule as at the prompt, or `outside`. */
function ruleIn([node = "", ...words]: string[]): Validator | Rule {
  if (words[0] === "outside") return { rule: "outside" };
  const [statement] = parse(["validator", node, ...words].join(" "));
  return (statement?.kind === "validator" && statement.rule) || ALWAYS;
}

function membersText(status: MembershipStatus | undefined): string {
  const { serves = false, up = [], leader, waitingFor = [] } = status ?? {};
  if (serves) return `${up.join(" ")}, ${leader} leads`;
  return `does not serve${waitingFor.length > 0 ? `, waits for ${waitingFor.join(" ")}` : ""}`;
}

/** `at POINT [targets n1,n2] [hit N]`. */
function plan(words: string[]): CrashPlan {
  const value = (name: string) => words[words.indexOf(name) + 1];
  if (!words.includes("at")) return {};
  const at = value("at") as CrashPoint;
  if (!(at in CRASH_POINTS)) throw new Error(`no crash point ${at}`);
  const targets = words.includes("targets") ? (value("targets") ?? "").split(",").filter(Boolean) : [];
  return { at, targets, hit: words.includes("hit") ? Number(value("hit")) : 1 };
}
