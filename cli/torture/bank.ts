/** A small bank by transaction functions, under the constraint that no account goes below zero: some look first, some do not. */

import type { Operation } from "../../runtime/api.js";
import type { Transaction } from "../../runtime/function-api.js";
import { pause } from "./clerk.js";
import type { StoreContents } from "./stores.js";
import type { Traffic } from "./traffic.js";

/** What the names of its accounts begin with, and what a constraint is on. */
export const BANK = "bank/";
const NAMES = Array.from({ length: 8 }, (_, index) => `${BANK}${index}`);
const OPENING = 50;
const TOTAL = NAMES.length * OPENING;
const PACE_MS = 40;
const AUDITS = 0.25;
/** Of the transfers. */
const BLIND = 0.4;
/** Above what most accounts hold. */
const AMOUNT_MOST = 80;
const PAGE = 3;

export function bankOpening(): Operation[] {
  return NAMES.map((key) => ({ op: "put", key, value: OPENING }));
}

export class Bank {
  readonly #traffic: Traffic;

  constructor(traffic: Traffic) {
    this.#traffic = traffic;
  }

  /** One client, until the traffic is over. */
  async client(): Promise<void> {
    const { clerk, dice } = this.#traffic;
    while (!this.#traffic.over()) {
      if (dice.chance(AUDITS)) await this.#audit();
      else {
        const [source = "", target = ""] = dice.sample(NAMES, 2);
        const amount = dice.whole(1, AMOUNT_MOST);
        const move = dice.chance(BLIND) ? blind : transfer;
        await clerk.perform((t) => move(t, source, target, amount));
      }
      await pause(PACE_MS);
    }
  }

  /** Page by page; all of it was true together. */
  async #audit(): Promise<void> {
    const { clerk } = this.#traffic;
    let balances: number[] = [];
    const end = await clerk.perform(async (t) => {
      balances = [];
      for await (const { value } of t.scanAll({ prefix: BANK, limit: PAGE })) balances.push(Number(value));
    });
    if (end === "committed")
      clerk.broken.push(...flawsOf(balances).map((flaw) => `an audit of the bank found ${flaw}`));
  }
}

/** What is wrong with the accounts of a replica. */
export function bankViolations({ node, rows }: StoreContents): string[] {
  const balances = [...rows].filter(([key]) => key.startsWith(BANK)).map(([, { value }]) => Number(value));
  return flawsOf(balances).map((flaw) => `the bank at ${node} has ${flaw}`);
}

function flawsOf(balances: readonly number[]): string[] {
  const total = balances.reduce((sum, balance) => sum + balance, 0);
  const below = balances
    .filter((balance) => balance < 0)
    .map((balance) => `${balance} in an account, and the minimum is 0`);
  return total === TOTAL ? below : [...below, `${total} in total, not ${TOTAL}`];
}

async function transfer(t: Transaction, source: string, target: string, amount: number): Promise<void> {
  const { value } = await t.get(source);
  if (Number(value) < amount) return;
  const other = await t.get(target);
  t.put(source, Number(value) - amount);
  t.put(target, Number(other.value) + amount);
}

/** The constraint keeps it from going too far. */
function blind(t: Transaction, source: string, target: string, amount: number): void {
  t.add(source, -amount);
  t.add(target, amount);
}
