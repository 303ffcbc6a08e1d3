/** Stepping in tests: what is held, as short texts, and letting it go by them. */

import { until } from "../../cli/torture/polling.js";
import type { Cluster } from "../../runtime/api.js";
import type { Held } from "../../runtime/stepping-api.js";

/** `n1: prepare t`, or `n1! about to force prepared t`, and so on. */
export async function heldAt(cluster: Cluster): Promise<string[]> {
  const { held } = await cluster.held();
  return held.map(textOf).sort();
}

function textOf({ kind, node, says }: Held): string {
  return kind === "commit" ? `${node}! ${says.replace("about to force ", "")}` : `${node}: ${says}`;
}

/** Waits until exactly this is held. */
export async function holds(cluster: Cluster, ...texts: string[]): Promise<void> {
  const wanted = JSON.stringify(texts.sort());
  await until(`${wanted} is held`, async () => JSON.stringify(await heldAt(cluster)) === wanted).catch(
    async (error: Error) => {
      throw new Error(`${error.message}, but ${JSON.stringify(await heldAt(cluster))}`);
    },
  );
}

export async function letGo(cluster: Cluster, ...texts: string[]): Promise<void> {
  for (const text of texts) {
    const { held } = await cluster.held();
    const found = held.find((item) => textOf(item) === text);
    if (!found) throw new Error(`${text} is not held`);
    await cluster.release(found.id);
  }
}

export async function kindsIn(cluster: Cluster, node: string): Promise<string> {
  return (await cluster.log(node)).map((record) => (record as { kind: string }).kind).join(" ");
}

export async function lockedAt(cluster: Cluster): Promise<string> {
  return (await cluster.locks()).map(({ node, txn }) => `${node} ${txn}`).join(", ");
}

export async function idOf(cluster: Cluster, text: string): Promise<number | undefined> {
  return (await cluster.held()).held.find((item) => textOf(item) === text)?.id;
}
