/** Where the processes are, and whether three-phase commit may be trusted there. */

import { isIP } from "node:net";
import { Problem } from "../language/problem.js";

const HERE = "127.0.0.1";
const LOOPBACK = /^(127(\.\d{1,3}){3}|::1)$/;

/** The address of each of `n` processes. Throws a `Problem` when one cannot be, or may be on another machine unasked. */
export function checkHosts(given: readonly string[] | undefined, n: number, acceptUnsafe: boolean): string[] {
  const hosts = given ?? Array.from({ length: n }, () => HERE);
  if (hosts.length !== n) throw new Problem(`--hosts names ${hosts.length} addresses for ${n} processes`);
  const wrong = hosts.find((host) => isIP(host) === 0);
  if (wrong !== undefined) throw new Problem(`--hosts: ${JSON.stringify(wrong)} is no IP address`);
  const far = hosts.find((host) => !LOOPBACK.test(host));
  if (far === undefined || acceptUnsafe) return [...hosts];
  throw new Problem(
    `--hosts: ${far} is not of this machine alone. Three-phase commit takes one that is said to be down for dead. On ` +
      "one machine the closed link of a process proves it; between machines it may be the network, and then the two " +
      "sides can decide differently. If you accept that, say --accept-unsafe-3pc",
  );
}
