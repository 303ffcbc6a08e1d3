/** Traffic between accounts: what one loses another gains, with a receipt in the same transaction. The sum never changes. */

import type { Check, Operation } from "../../runtime/api.js";
import { newId } from "../../runtime/ids.js";
import { type End, pause } from "./clerk.js";
import type { StoreContents } from "./stores.js";
import type { Traffic } from "./traffic.js";

const ACCOUNTS = 150;
const OPENING = 1000;
const PACE_MS = 8;
const GUARDED = 0.3;
const HOPELESS = 0.02;
const ACCOUNT = /^account\//;

type Transfer = { source: string; target: string; amount: number };

/** What the accounts must hold, over all rounds. */
export class Accounts {
  readonly #balances = new Map(
    Array.from({ length: ACCOUNTS }, (_, index): [string, number] => [`account/${index}`, OPENING]),
  );
  readonly names = [...this.#balances.keys()];

  /** Gives every account what it starts with. */
  opening(): Operation[] {
    return this.names.map((key) => ({ op: "put", key, value: OPENING }));
  }

  book({ source, target, amount }: Transfer): void {
    this.#balances.set(source, (this.#balances.get(source) ?? 0) - amount);
    this.#balances.set(target, (this.#balances.get(target) ?? 0) + amount);
  }

  /** Accounts that hold anything else at a replica, and a wrong sum. */
  violations({ node, rows }: StoreContents): string[] {
    const held = [...rows].filter(([key]) => ACCOUNT.test(key));
    const wrong = held.filter(([key, { value }]) => Number(value) !== this.#balances.get(key));
    const found = wrong.map(
      ([key, { value }]) => `${key} holds ${value} at ${node} and should hold ${this.#balances.get(key)}`,
    );
    const sum = held.reduce((total, [, { value }]) => total + Number(value), 0);
    if (sum !== ACCOUNTS * OPENING) found.push(`the accounts of ${node} hold ${sum}, not ${ACCOUNTS * OPENING}`);
    return found;
  }
}

export class Transfers {
  readonly #traffic: Traffic;
  readonly #accounts: Accounts;
  /** The receipts of those that committed in this round. */
  readonly #done = new Set<string>();

  constructor(traffic: Traffic, accounts: Accounts) {
    this.#traffic = traffic;
    this.#accounts = accounts;
  }

  /** One client, until the traffic is over. */
  async client(): Promise<void> {
    const { dice } = this.#traffic;
    while (!this.#traffic.over()) {
      const [source = "", target = "", other = ""] = dice.sample(this.#accounts.names, 3);
      const transfer = { source, target, amount: dice.whole(1, 100) };
      if (dice.chance(HOPELESS)) await this.#run(transfer, [{ key: other, is: "absent" }]);
      else if (dice.chance(GUARDED)) await this.#guarded(transfer, other);
      else await this.#run(transfer, []);
      await pause(PACE_MS);
    }
  }

  /** Wrong balances at a replica, and receipts that are missing or should not be there. */
  violations(replica: StoreContents): string[] {
    const { node, rows } = replica;
    const prefix = receiptOf(this.#traffic.round, "");
    const receipts = new Set([...rows.keys()].filter((key) => key.startsWith(prefix)));
    const found = this.#accounts.violations(replica);
    for (const receipt of this.#done) {
      if (!receipts.delete(receipt)) found.push(`${receipt} is not at ${node}, but its transfer committed`);
    }
    for (const receipt of receipts) found.push(`${receipt} is at ${node}, but its transfer did not commit`);
    return found;
  }

  /** Only if nothing changed since the look at the source, and while another account exists. */
  async #guarded(transfer: Transfer, other: string): Promise<void> {
    const read = await this.#traffic.read(transfer.source).catch(() => undefined);
    if (read?.version === undefined || Number(read.value) < transfer.amount) return;
    const checks: Check[] = [
      { key: transfer.source, is: "version", version: read.version },
      { key: other, is: "exists" },
    ];
    await this.#run(transfer, checks);
  }

  async #run(transfer: Transfer, checks: Check[]): Promise<void> {
    const { clerk, round } = this.#traffic;
    const receipt = receiptOf(round, newId());
    const { source, target, amount } = transfer;
    const operations: Operation[] = [
      { op: "add", key: source, delta: -amount },
      { op: "add", key: target, delta: amount },
      { op: "put", key: receipt, value: transfer },
    ];
    await clerk.run({ operations, checks }, (end) => this.#book(receipt, transfer, checks, end));
  }

  #book(receipt: string, transfer: Transfer, checks: readonly Check[], end: End): void {
    if (end === "aborted") return;
    this.#accounts.book(transfer);
    this.#done.add(receipt);
    const hopeless = checks.some(({ is }) => is === "absent");
    if (hopeless)
      this.#traffic.clerk.broken.push(`the transfer of ${receipt} committed against a check that cannot hold`);
  }
}

/** Where a transfer of a round leaves its receipt. */
function receiptOf(round: number, txn: string): string {
  return `receipt/${round}/${txn}`;
}
