/** A program that embeds a cluster and says on its standard output what it was told, until it is killed. */

import { writeSync } from "node:fs";
import { open } from "../../runtime/client.js";
import { randomFrom } from "../../runtime/simulation/random.js";
import { operationsOf } from "./load.js";

const [data = "", hosts = "", name = ""] = process.argv.slice(2);
if (data === "") process.exit(0); // Started by somebody who takes it for a test.
const CLIENTS = 16;
const KEYS = 24;

const cluster = await open({ data, hosts: hosts === "threads" ? "threads" : "processes" });
const random = randomFrom(name.length);
let begun = 0;

async function client(): Promise<never> {
  for (;;) {
    begun += 1;
    const txn = `${name}-${begun}`;
    const pick = () => Math.floor(random() * KEYS);
    writeSync(1, `${JSON.stringify({ outcome: "unknown", txn, why: { code: "gateway-lost" } })}\n`);
    const result = await cluster.transact(operationsOf(txn, pick(), pick()), { id: txn });
    writeSync(1, `${JSON.stringify(result)}\n`);
  }
}

await Promise.all(Array.from({ length: CLIENTS }, client));
