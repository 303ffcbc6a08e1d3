/** Parts of a history that share no key. Each may be judged alone: a whole is strictly serializable if its parts are. */

import type { Operation } from "./operations.js";

/** Operations by the keys they touch, each in the order of invocation. */
export function components(operations: readonly Operation[]): Operation[][] {
  const parents = new Map<string, string>();
  for (const operation of operations) {
    const [first, ...others] = touched(operation);
    if (first !== undefined) for (const key of others) parents.set(rootOf(parents, key), rootOf(parents, first));
  }
  const parts = new Map<string, Operation[]>();
  for (const operation of operations) {
    const [first] = touched(operation);
    if (first === undefined) continue;
    const root = rootOf(parents, first);
    const part = parts.get(root);
    if (part) part.push(operation);
    else parts.set(root, [operation]);
  }
  return [...parts.values()];
}

function touched({ reads, writes }: Operation): string[] {
  return [...reads, ...writes].map(({ key }) => key);
}

function rootOf(parents: Map<string, string>, key: string): string {
  let root = key;
  for (let next = parents.get(root); next !== undefined; next = parents.get(root)) {
    if (next === root) break;
    root = next;
  }
  // Shorten the path, so that long chains of keys stay cheap.
  if (root !== key) parents.set(key, root);
  return root;
}
