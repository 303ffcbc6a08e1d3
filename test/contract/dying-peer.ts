/** A process that sends envelopes to the test and kills itself in the same moment, with unread bytes in its ears. */

import { TcpTransport } from "../../runtime/transport/tcp.js";
import { envelope } from "./links.js";

const [self = "", epoch = "1", ports = "{}", count = "0"] = process.argv.slice(2);
const options = { cluster: "abc", self, epoch: Number(epoch), ports: new Map<string, number>(JSON.parse(ports)) };
const transport = new TcpTransport(
  options,
  () => {
    for (let seq = 1; seq <= Number(count); seq += 1)
      transport.send(envelope(self, "test", seq, undefined, Number(epoch)));
    process.kill(process.pid, "SIGKILL");
  },
  () => undefined,
);
await transport.listen();
