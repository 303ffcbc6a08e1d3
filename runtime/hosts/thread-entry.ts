/** Where a node's thread begins. */

import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { openLmdb } from "../../storage/lmdb.js";
import { exposeControl } from "../control.js";
import { PortTransport } from "../transport/port.js";
import { Gate, GatedStorage } from "./gate.js";
import type { NodeSpec, Notice } from "./host.js";
import { live } from "./resident.js";

/** What the thread host passes to a new thread. */
export type ThreadData = { spec: NodeSpec; control: MessagePort; gate: SharedArrayBuffer };

/** A message posted right before the end of a thread may be lost; this is long enough for it to leave. */
const LINGER_MS = 10;

async function main({ spec, control, gate }: ThreadData): Promise<void> {
  const notify = (notice: Notice) => parentPort?.postMessage(notice);
  const exit = (code: number) => setTimeout(() => process.exit(code), LINGER_MS);
  const { cluster, self, folder, create, sinceEpoch, settings } = spec;
  const { retainedChanges } = settings;
  await live(spec, {
    openStorage: () =>
      new GatedStorage(new Gate(gate), () =>
        openLmdb({ folder, identity: { cluster, node: self }, create, sinceEpoch, retainedChanges, scrubbed: true }),
      ),
    openTransport: (_, deliver) => new PortTransport(deliver),
    serve: (node) => {
      exposeControl(node, {
        post: (message, transferred) => control.postMessage(message, transferred ?? []),
        listen: (listener) => control.on("message", listener),
      });
    },
    notify,
    die: (moment) => (moment === "before-commit" ? process.exit(1) : exit(1)),
    exit,
    link: (transport, peer, port) => (transport as PortTransport).link(peer, port),
  });
}

await main(workerData as ThreadData);
