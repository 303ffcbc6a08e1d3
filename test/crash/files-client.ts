/** A client of a cluster that uploads a file without end, until it is killed. */

import { connect } from "../../runtime/client.js";

const [url = "", path = ""] = process.argv.slice(2);
if (url === "") process.exit(0); // Started by somebody who takes it for a test.

async function* endless() {
  for (let piece = 0; ; piece += 1) {
    yield Buffer.alloc(300_000, piece);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const cluster = await connect(url);
await cluster.files.write(path, endless());
