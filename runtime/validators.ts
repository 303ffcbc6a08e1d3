/** What rules the votes of each node: rules that outlive the program, functions that live in it, people, and their verdicts. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Consider, Lapsed, VerdictReport } from "../actors/message.js";
import type { NodeId } from "../actors/transaction.js";
import { ALWAYS, succeed, type Validator } from "../actors/validator.js";
import { sealText, unsealText } from "../storage/codec.js";
import { isFile } from "../storage/guard.js";
import type { ValidatorFunction } from "./api.js";
import { BallotBox } from "./ballots/ballot-box.js";
import type { Clock } from "./clock.js";
import { type Shape, writeBeside } from "./config.js";
import { AyesError } from "./errors.js";
import { describe } from "./json-shape.js";
import { proposalOf } from "./proposal.js";
import { checkRule, checkVoter } from "./rules.js";
import type { Supervisor } from "./supervisor.js";

export type ValidatorsOptions = {
  folder: string;
  shape: Shape;
  supervisor: Supervisor;
  clock: Clock;
  tell(node: NodeId, verdict: VerdictReport): void;
};

const FILE = "validators.json";
const FORMAT = 1;
const OUTSIDE: Validator = { rule: "outside" };
const DETAIL_LIMIT = 1000;

/** The rules in a folder: of each node that has one. */
export function readRules(folder: string): Record<NodeId, Validator> {
  const path = join(folder, FILE);
  if (!isFile(path)) return {};
  const text = unsealText(readFileSync(path, "utf8"));
  if (text === undefined) {
    const help = "restore it from a backup; without it every node votes by `always`";
    throw new AyesError("damaged-store", `${path} is damaged; ${help}`);
  }
  const { format, rules } = JSON.parse(text) as { format: number; rules: Record<NodeId, Validator> };
  if (format === FORMAT) return rules;
  throw new AyesError("other-version", `${path} has format ${format}; this version of ayes reads ${FORMAT}`);
}

export class Validators {
  /** What waits for people. */
  readonly ballots: BallotBox;
  readonly #options: ValidatorsOptions;
  readonly #functions = new Map<NodeId, ValidatorFunction>();

  constructor(options: ValidatorsOptions) {
    this.#options = options;
    this.ballots = new BallotBox({ ...options, ruling: (node) => this.#ruling(node) });
  }

  /** Sets what rules a node's votes: on disk first, then at the node. Rejects and changes nothing for bad input. */
  async set(node: unknown, validator: unknown): Promise<Validator> {
    const name = checkVoter(node, this.#options.shape);
    const own = typeof validator === "function" ? (validator as ValidatorFunction) : undefined;
    const next = succeed(this.#ruling(name), own ? OUTSIDE : checkRule(validator));
    this.#save(name, next);
    if (own) this.#functions.set(name, own);
    await this.#tell(name, next);
    // Until now the node may have asked it.
    if (this.#ruling(name) === next && lasting(next) === next) this.#functions.delete(name);
    return next;
  }

  /** What rules a node's votes, in its own words if it answers. */
  async of(node: unknown): Promise<Validator> {
    const name = checkVoter(node, this.#options.shape);
    const asked = this.#options.supervisor.host(name)?.control.call((control) => control.inspect());
    const report = await asked?.catch(() => undefined);
    return report?.validator ?? this.#ruling(name);
  }

  hear(body: Consider | Lapsed, node: NodeId): void {
    if (body.kind === "lapsed") this.#lapse(node);
    else if (this.#ruling(node).rule === "person" && !this.#functions.has(node)) this.ballots.ask(body, node);
    else void this.#judge(body, node).then((verdict) => this.#options.tell(node, verdict));
  }

  /** On a full disk the node goes on all the same, and votes no once more after a restart. */
  #lapse(node: NodeId): void {
    const ruling = this.#ruling(node);
    if (ruling.rule !== "no-next") return;
    try {
      this.#save(node, ruling.after);
    } catch {
      // One no too many is better than a node that cannot go on.
    }
    void this.#tell(node, ruling.after).catch(() => undefined);
  }

  #tell(node: NodeId, validator: Validator): Promise<void> {
    return this.#options.supervisor.amend(node, { validator }, (control) => control.validate(validator));
  }

  async #judge(question: Consider, node: NodeId): Promise<VerdictReport> {
    const { txn, attempt } = question;
    const said = (yes: boolean, detail = ""): VerdictReport => {
      return { kind: "verdict", txn, attempt, yes, detail: detail.slice(0, DETAIL_LIMIT) };
    };
    const judge = this.#functions.get(node);
    if (!judge) return said(false, "whoever was to judge it is gone");
    try {
      const answer: unknown = await judge(proposalOf(question, node));
      if (answer === true) return said(true);
      if (typeof answer === "string") return said(false, answer);
      return said(false, `its function answered ${describe(answer)}`);
    } catch (error) {
      return said(false, error instanceof Error ? error.message : describe(error));
    }
  }

  #ruling(node: NodeId): Validator {
    const ward = this.#options.supervisor.wards().find(({ spec }) => spec.self === node);
    return ward?.spec.validator ?? ALWAYS;
  }

  #save(node: NodeId, validator: Validator): void {
    const { folder, supervisor } = this.#options;
    const names = supervisor.wards().map(({ spec }) => spec.self);
    const rulings = names.map((name) => [name, lasting(name === node ? validator : this.#ruling(name))] as const);
    const rules = Object.fromEntries(rulings.filter(([, { rule }]) => rule !== "always"));
    writeBeside(folder, FILE, sealText(JSON.stringify({ format: FORMAT, rules })));
  }
}

/** What is left of it when the program ends: no function. */
function lasting(validator: Validator): Validator {
  if (validator.rule === "outside") return ALWAYS;
  if (validator.rule !== "no-next") return validator;
  const after = lasting(validator.after);
  return after === validator.after ? validator : { ...validator, after };
}
