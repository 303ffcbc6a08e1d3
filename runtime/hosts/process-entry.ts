/** Where a node's process begins. */

import { openLmdb } from "../../storage/lmdb.js";
import { exposeControl } from "../control.js";
import { SocketTransport } from "../transport/socket.js";
import type { NodeSpec, Notice } from "./host.js";
import { live } from "./resident.js";

/** What goes over the pipe between supervisor and node. */
export type PipeMessage = { spec: NodeSpec } | { control: unknown } | Notice;

/** Long enough for the last notice to leave. */
const LINGER_MS = 20;

function send(message: PipeMessage): void {
  if (process.connected) process.send?.(message);
}

async function main(spec: NodeSpec): Promise<void> {
  const { cluster, self, folder, create, sinceEpoch, settings, scrubbed = false, sockets, detour } = spec;
  const { retainedChanges } = settings;
  await live(spec, {
    openStorage: () =>
      openLmdb({ folder, identity: { cluster, node: self }, create, sinceEpoch, retainedChanges, scrubbed }),
    openTransport: async (_, deliver) => {
      const transport = new SocketTransport({ folder: sockets, cluster, self, detour }, deliver);
      await transport.listen();
      return transport;
    },
    serve: (node) => {
      exposeControl(node, {
        post: (control) => send({ control }),
        listen: (listener) => {
          process.on("message", (message: PipeMessage) => {
            if ("control" in message) listener(message.control);
          });
        },
      });
    },
    notify: send,
    // What was written to a socket is in the kernel's hands: no need to linger.
    die: () => process.kill(process.pid, "SIGKILL"),
    exit: (code) => setTimeout(() => process.exit(code), LINGER_MS),
    link: () => undefined,
  });
}

// Ctrl-C goes to every process of the terminal; the supervisor decides what happens then.
process.on("SIGINT", () => undefined);
process.on("disconnect", () => process.exit());
process.once("message", (message: PipeMessage) => {
  if ("spec" in message) void main(message.spec);
});
