/** What narrows the list of transactions: all of it holds. */

import { cluster } from "../live/cluster.js";
import type { Filter } from "../live/transactions.js";

type FiltersProps = { filter: Filter; change(changed: Filter): void };

const AGES: readonly [string, string][] = [
  ["", "any age"],
  ["1000", "older than 1 s"],
  ["10000", "older than 10 s"],
  ["60000", "older than 1 min"],
  ["600000", "older than 10 min"],
];
const OUTCOMES: readonly [string, string][] = [
  ["", "any outcome"],
  ["committed", "committed"],
  ["aborted", "aborted"],
  ["undecided", "undecided"],
];

export function Filters({ filter, change }: FiltersProps) {
  const nodes = (cluster.value?.nodes ?? []).map(({ id }): [string, string] => [id, id]);
  const text = (name: string, placeholder: string) => (
    <input
      type="search"
      placeholder={placeholder}
      aria-label={placeholder}
      value={filter[name] ?? ""}
      onInput={({ currentTarget }) => change({ [name]: currentTarget.value })}
    />
  );
  const choice = (name: string, label: string, options: readonly [string, string][]) => (
    <select
      aria-label={label}
      value={filter[name] ?? ""}
      onChange={({ currentTarget }) => change({ [name]: currentTarget.value })}
    >
      {options.map(([value, says]) => (
        <option key={value} value={value}>
          {says}
        </option>
      ))}
    </select>
  );
  return (
    <p class="filters">
      {text("id", "id")}
      {text("key", "key or file")}
      {choice("node", "Node", [["", "any node"], ...nodes])}
      {choice("outcome", "Outcome", OUTCOMES)}
      {text("reason", "reason")}
      {choice("olderThanMs", "Age", AGES)}
    </p>
  );
}
