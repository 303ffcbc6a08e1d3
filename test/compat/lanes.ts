/** Lanes whose ports nobody has: another run of the same tests may be under way on this machine. */

import { createServer } from "node:net";
import { LANE_PORTS, PEER_PORTS } from "./grading.js";

const MASTER_PORTS = 10_000;
/** As many as a script uses at most. */
const PORTS = 10;
const LANES = 90;

/** The first of `count` lanes side by side. Lane 0 is left to `npm run grade`. */
export async function freeLanes(count: number): Promise<number> {
  for (let tried = 0; tried < LANES; tried += count) {
    const first = 1 + ((process.pid * count + tried) % (LANES - count));
    const lanes = Array.from({ length: count }, (_, index) => (first + index) * LANE_PORTS);
    const ports = lanes.flatMap((offset) =>
      [MASTER_PORTS, PEER_PORTS].flatMap((start) =>
        Array.from({ length: PORTS }, (_, index) => start + offset + index),
      ),
    );
    if ((await Promise.all(ports.map(isFree))).every(Boolean)) return first;
  }
  throw new Error("no ports are free");
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
      .once("error", () => resolve(false))
      .listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
