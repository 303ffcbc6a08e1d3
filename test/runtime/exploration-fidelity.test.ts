/** What the explorer explores is what the shipped loop does, and what it leaves out makes no difference. */

import t from "tap";
import type { Actor } from "../../runtime/exploration/actor.js";
import { explore, type Way } from "../../runtime/exploration/breadth-first.js";
import { canonicalText, renamed } from "../../runtime/exploration/canonical.js";
import { Cluster, type ClusterOptions, type ClusterState, type Deed } from "../../runtime/exploration/cluster.js";
import { conversation } from "../../runtime/exploration/rehearsal.js";
import { play } from "../golden/script.js";

const SMALL: ClusterOptions = { participants: 2, crashes: 1 };

t.test("what the explorer says is what the shipped loop does", async (t) => {
  const cluster = new Cluster(SMALL, () => []);
  const ways: Way<ClusterState, Deed>[] = [];
  let visited = 0;
  explore(cluster, {
    visit: (_, way) => {
      visited += 1;
      if (visited % 4 === 0) ways.push(way());
    },
  });
  t.ok(ways.length > 200);
  for (const { start, path } of ways) {
    const text = conversation(cluster, start, path).join("\n");
    const played = play(text);
    if (played !== text) t.equal(played, text, "the conversation goes as written");
  }
});

t.test("the reductions lose nothing: the nodes come to the same states without them", async (t) => {
  for (const bounds of [
    { participants: 1, crashes: 2 },
    { participants: 2, crashes: 0 },
    { participants: 2, crashes: 1 },
  ]) {
    const reduced = reachable(bounds);
    const plain = reachable({ ...bounds, plain: true });
    t.ok(plain.size > 20, `${plain.size} states of all nodes`);
    t.same([...plain].filter((state) => !reduced.has(state)).slice(0, 3), [], "none is missed");
    t.same([...reduced].filter((state) => !plain.has(state)).slice(0, 3), [], "none is made up");
  }
});

/** The states of all nodes together, under every way to name two participants. */
function reachable(options: ClusterOptions): Set<string> {
  const cluster = new Cluster(options, () => []);
  const swap = new Map([
    ["n1", "n2"],
    ["n2", "n1"],
  ]);
  const texts = [new Map<string, string>(), swap].map((names) => {
    const known: string[] = [];
    return (number: number) => {
      known[number] ??= canonicalText(renamed(withoutBelief(cluster.cast.actor(number)), names));
      return known[number];
    };
  });
  const found = new Set<string>();
  explore(cluster, {
    visit: ({ actors }) => {
      for (const text of texts.slice(0, options.participants)) found.add(actors.map(text).sort().join());
    },
  });
  return found;
}

/** Whom a node believes to be up is not compared: it is left out of a state where it makes no difference. */
function withoutBelief(actor: Actor): Actor {
  const { running } = actor;
  return running ? { ...actor, running: { ...running, core: { ...running.core, peers: [] } } } : actor;
}
