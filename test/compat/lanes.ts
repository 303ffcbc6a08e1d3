/** Lanes whose ports nobody has: another run of the same tests may be under way on this machine. */

import { createServer, type Server } from "node:net";
import { LANE_PORTS, PEER_PORTS } from "./grading.js";

const MASTER_PORTS = 10_000;
/** As many as a script uses at most. */
const PORTS = 10;
const LANES = 90;

/** The first of `count` lanes side by side, which are this process's own until it ends. Lane 0 is left to `npm run grade`. */
export async function freeLanes(count: number): Promise<number> {
  for (let tried = 0; tried < LANES; tried += count) {
    const first = 1 + ((process.pid * count + tried) % (LANES - count));
    const lanes = Array.from({ length: count }, (_, index) => (first + index) * LANE_PORTS);
    if (await isOurs(lanes)) return first;
  }
  throw new Error("no ports are free");
}

/** The last port of each lane says that it is taken, also before anybody listens on the others. */
async function isOurs(lanes: readonly number[]): Promise<boolean> {
  const signs = await Promise.all(lanes.map((offset) => listening(MASTER_PORTS + offset + LANE_PORTS - 1)));
  const others = lanes.flatMap((offset) =>
    [MASTER_PORTS, PEER_PORTS].flatMap((start) => Array.from({ length: PORTS }, (_, index) => start + offset + index)),
  );
  if (signs.every((sign) => sign) && (await Promise.all(others.map(isFree))).every(Boolean)) return true;
  for (const sign of signs) sign?.close();
  return false;
}

async function isFree(port: number): Promise<boolean> {
  const server = await listening(port);
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
  return server !== undefined;
}

/** Undefined when somebody else does. It keeps nobody from ending. */
function listening(port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer().once("error", () => resolve(undefined));
    server.listen(port, "127.0.0.1", () => resolve(server)).unref();
  });
}
