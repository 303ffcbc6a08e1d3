/** What a process refuses before it takes part, and where it listens: real processes, looked at from outside. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { connect, createServer } from "node:net";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import t, { type Test } from "tap";
import { until } from "../../cli/torture/polling.js";
import { freePorts } from "../contract/ports.js";
import { temporaryFolder } from "../storage/folder.js";
import { PROCESS_FOLDER } from "./cases.js";

/** `./process 0 2 PORT ...`, its master port and its peer port. */
async function started(t: Test, ...more: string[]) {
  const cwd = temporaryFolder(t);
  const [master = 0, peers = 0] = await freePorts(2);
  const run = (ports = peers): ChildProcess => {
    const args = ["0", "2", String(master), "--peer-ports", String(ports), ...more];
    const child = spawn(join(PROCESS_FOLDER, "process"), args, { cwd, env: { PATH: process.env.PATH } });
    t.teardown(() => child.kill("SIGKILL"));
    return child;
  };
  return { cwd, master, peers, run };
}

async function refusal(child: ChildProcess): Promise<string> {
  const [said] = await Promise.all([child.stderr ? text(child.stderr) : "", once(child, "exit")]);
  return said;
}

async function answers(host: string, port: number): Promise<boolean> {
  const socket = connect(port, host);
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** An address of this machine by which others could reach it, if it has one. */
const [outside] = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .filter(({ family, internal }) => family === "IPv4" && !internal)
  .map(({ address }) => address);

t.test("another machine is refused with the reason, and nothing is made", async (t) => {
  const { cwd, run } = await started(t, "--hosts", "127.0.0.1,192.0.2.1");
  const child = run();
  const said = await refusal(child);
  t.equal(child.exitCode, 2);
  t.match(said, /192\.0\.2\.1 is not of this machine alone\. Three-phase commit .* --accept-unsafe-3pc/s);
  t.notOk(existsSync(join(cwd, "ayes-compat")));
});

t.test(
  "with the risk accepted it listens at its address, and nowhere else",
  { skip: outside === undefined },
  async (t) => {
    const host = outside ?? "";
    const { peers, run } = await started(t, "--hosts", `${host},127.0.0.1`, "--accept-unsafe-3pc");
    run();
    await until("peers can reach it", () => answers(host, peers));
    t.notOk(await answers("127.0.0.1", peers));
  },
);

t.test("a port for peers that is in use is said so", async (t) => {
  const { peers, run } = await started(t);
  const taken = createServer().listen(peers, "127.0.0.1");
  t.teardown(() => taken.close());
  await until("it is taken", () => taken.listening);
  const child = run();
  t.match(await refusal(child), `port ${peers} for the other processes is in use`);
  t.equal(child.exitCode, 2);
});

t.test("one that is asked to stop does, and is back with what it knew", async (t) => {
  const { master, run } = await started(t);
  const child = run();
  const said = async (lines: string, last: RegExp): Promise<string> => {
    await until("its master can reach it", () => answers("127.0.0.1", master));
    let heard = "";
    const socket = connect(master, "127.0.0.1").on("data", (chunk) => {
      heard += chunk;
    });
    socket.write(lines);
    await until("it answers", () => last.test(heard));
    socket.destroy();
    return heard;
  };
  // One change after the other, also when all are asked for at once.
  const changes = Array.from({ length: 20 }, (_, index) => `add s u${index}\n`).join("");
  const heard = await said(`${changes}delete t\nget s\n`, /(ack commit\s*){21}$/);
  t.match(heard, /^coordinator 0\nresp NONE\n/, "a read does not wait for them");
  child.kill("SIGTERM");
  await once(child, "exit");
  t.equal(child.exitCode, 143);
  run();
  t.equal(await said("get s\n", /resp .*\n/), "coordinator 0\nresp u19\n");
});
