/**
 * Followers of a replica: each is told what was committed after a position, as soon as there is something.
 *
 * They are told only what was on disk, and certain to be all of it, when the turn began (POS4): so they are never ahead of
 * a crash, and what they are told is complete up to the position that comes with it.
 */

import type { ChangesReport, Follow } from "./message.js";
import { isOwnKey } from "./own-key.js";
import type { Env, Outgoing } from "./protocol.js";
import type { Address, Change, Millis, Position } from "./transaction.js";

/** A follower that waits for something to be told of. */
export type Following = { client: Address; follow: Follow; since: Position; until: Millis };

/** Of one answer, at most. */
const LIMIT = 1000;
const BYTES = 1024 * 1024;

export class Followers {
  #waiting: Following[] = [];

  /** Whoever does not say since when is told where it stands; everybody else waits until the end of the turn. */
  onFollow(client: Address, follow: Follow, { now, frontier }: Env): Outgoing[] {
    if (follow.since === undefined) return [answer(client, follow, { changes: [], upTo: frontier })];
    this.#waiting.push({ client, follow, since: follow.since, until: now + follow.deadlineMs });
    return [];
  }

  /** Answers those for whom there is something, and those that waited long enough. */
  wake(env: Env): Outgoing[] {
    if (this.#waiting.length === 0) return [];
    const answers: Outgoing[] = [];
    this.#waiting = this.#waiting.flatMap((following) => {
      const step = look(following, env);
      if ("since" in step) return [step];
      answers.push(answer(following.client, following.follow, step));
      return [];
    });
    return answers;
  }

  /** `frontier` is where the turn has left it: what came with the turn is told in the next one. */
  deadline(frontier: Position): Millis | undefined {
    if (this.#waiting.length === 0) return undefined;
    if (this.#waiting.some(({ since }) => since < frontier)) return 0;
    return this.#waiting.reduce((earliest, { until }) => Math.min(earliest, until), Number.POSITIVE_INFINITY);
  }

  get size(): number {
    return this.#waiting.length;
  }

  snapshot(): Following[] {
    return [...this.#waiting];
  }

  restore(waiting: readonly Following[]): void {
    this.#waiting = [...waiting];
  }
}

type Told = Pick<ChangesReport, "changes" | "upTo" | "begin">;

/** What there is to tell, or the follower, which has seen that there is nothing for it up to a position. */
function look(following: Following, env: Env): Told | Following {
  const { follow, since, until } = following;
  const waits = env.now < until;
  if (since >= env.frontier) return waits ? following : { changes: [], upTo: since };
  const limit = Math.min(follow.limit, LIMIT);
  const found = env.changes({ since, upTo: env.frontier, limit, bytes: BYTES });
  if ("begin" in found) return found;
  const changes = found.changes.flatMap((change) => visible(change, follow.prefix ?? ""));
  if (changes.length === 0 && waits) return { ...following, since: found.upTo };
  return { changes, upTo: found.upTo };
}

/** As far as it is a client's business. */
function visible(change: Change, prefix: string): Change[] {
  const writes = change.writes.filter(({ key }) => !isOwnKey(key) && key.startsWith(prefix));
  if (writes.length === change.writes.length) return [change];
  return writes.length > 0 ? [{ ...change, writes }] : [];
}

function answer(target: Address, { request }: Follow, told: Told): Outgoing {
  return { target, body: { kind: "changes", request, ...told } };
}
