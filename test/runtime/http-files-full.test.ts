/** A small disk: what does not fit is refused before it is sent if its length is known, and otherwise leaves nothing. */

import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t from "tap";
import { open } from "../../runtime/client.js";
import { serve } from "../../runtime/gateway/server.js";

const MIB = 1024 * 1024;
const disk = mkdtempSync(join(tmpdir(), "ayes-disk-"));
const isMounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=160m", "tmpfs", disk]).status === 0;
t.teardown(() => {
  if (isMounted) spawnSync("umount", ["-l", disk]);
  rmSync(disk, { recursive: true, force: true });
});
const skip = !isMounted && "a small disk can only be mounted by root";

t.test("a full disk", { skip }, async (t) => {
  const cluster = await open({ data: join(disk, "data"), replicas: 3 });
  const serving = await serve(cluster, { port: 0, chaos: false });
  t.teardown(async () => {
    await serving.close();
    await cluster.close();
  });
  // There are about 90 MiB beside what is reserved, so 30 for each replica.
  const declared = await put(serving.port, 40, { "content-length": String(40 * MIB), expect: "100-continue" });
  t.match(declared, { status: 503, invited: false, body: /"disk-full".*there is room for \d+/ });
  t.match(await put(serving.port, 60, { "transfer-encoding": "chunked" }), {
    status: 503,
    body: /"disk-full".*there is room for \d+/,
  });
  const nodes = readdirSync(join(disk, "data", "nodes")).filter((node) => node.startsWith("n"));
  t.same(
    nodes.flatMap((node) => readdirSync(join(disk, "data", "nodes", node, "staged"))),
    [],
    "nothing is staged",
  );
  t.match(await put(serving.port, 10, { "content-length": String(10 * MIB) }), { status: 200 }, "what fits is written");
});

type Put = { status: number; invited: boolean; body: string };

/** Sends so many MiB once it is asked for them, or at once if it does not wait. */
function put(port: number, mib: number, headers: Record<string, string>): Promise<Put> {
  return new Promise((resolve, reject) => {
    let invited = false;
    const outgoing = request({ host: "127.0.0.1", port, path: "/v1/files/big", method: "PUT", headers });
    const sendAll = () => outgoing.end(Buffer.alloc(mib * MIB));
    outgoing.once("continue", () => {
      invited = true;
      sendAll();
    });
    outgoing.once("error", reject).once("response", async (response) => {
      let body = "";
      for await (const chunk of response) body += chunk;
      resolve({ status: response.statusCode ?? 0, invited, body });
      outgoing.destroy();
    });
    if (headers.expect === undefined) sendAll();
    else outgoing.flushHeaders();
  });
}
