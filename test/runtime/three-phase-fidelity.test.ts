/** What is explored of three-phase commit is what the shipped loop does, and the shortcuts of the explorer lose nothing. */

import t from "tap";
import { explore, type Way } from "../../runtime/exploration/breadth-first.js";
import { canonicalText } from "../../runtime/exploration/canonical.js";
import { essence } from "../../runtime/exploration/three-phase/essence.js";
import { type Deed, Processes, type ProcessesState } from "../../runtime/exploration/three-phase/processes.js";
import { conversation } from "../../runtime/exploration/three-phase/rehearsal.js";
import { play } from "../golden/script.js";
import { Naive, type NaiveState } from "./three-phase-naive.js";

t.test("what the explorer says is what the shipped loop does", async (t) => {
  for (const [processes, crashes, each] of [
    [2, 2, 2],
    [3, 2, 400],
  ] as const) {
    const system = new Processes({ processes, crashes }, () => []);
    const ways: Way<ProcessesState, Deed[]>[] = [];
    let visited = 0;
    explore(system, {
      visit: (_, way) => {
        visited += 1;
        if (visited % each === 0) ways.push(way());
      },
    });
    t.ok(ways.length > 100);
    for (const { start, path } of ways) {
      const text = conversation(system, start, path).join("\n");
      const played = play(text);
      if (played !== text) t.equal(played, text, "the conversation goes as written");
    }
  }
});

t.test("without any shortcut the processes come to the same states", async (t) => {
  for (const [processes, crashes] of [
    [2, 1],
    [2, 2],
    [3, 0],
  ] as const) {
    const system = new Processes({ processes, crashes }, () => []);
    const short = new Set<string>();
    const textOf = texts(system);
    explore(system, { visit: (state) => short.add(system.actors(state).map(textOf).join()) });
    const plain = new Processes({ processes, crashes, plain: true }, () => []);
    const naive = new Naive(plain);
    const all = new Set<string>();
    const compared = new Set<string>();
    const plainTextOf = texts(plain);
    explore(naive, {
      visit: (state) => {
        const text = state.actors.map(plainTextOf).join();
        all.add(text);
        if (isNoticed(plain, naive, state)) compared.add(text);
      },
    });
    t.ok(compared.size > 20, `${compared.size} of ${all.size} states of all processes`);
    t.same([...compared].filter((state) => !short.has(state)).slice(0, 2), [], "none is missed");
    t.same([...short].filter((state) => !all.has(state)).slice(0, 2), [], "none is made up");
  }
});

/** Whether every crash is known to somebody who cares, and no good news is late: other states the explorer passes over. */
function isNoticed(system: Processes, naive: Naive, state: NaiveState): boolean {
  const { cast, desks } = system;
  const places = [...state.actors.keys()];
  const careful = places.filter((on) => cast.isUp(state.actors[on] ?? 0) && !desks.isFinished(state.actors[on] ?? 0));
  const isKnown = (place: number) => {
    const { node, disk } = cast.actor(state.actors[place] ?? 0);
    return careful.some((on) => {
      const peers = cast.actor(state.actors[on] ?? 0).running?.core.peers ?? [];
      return peers.some(([name, { up, epoch }]) => name === node && !up && epoch === disk.epoch);
    });
  };
  const isLate = (on: number) => naive.words(state, on).some(({ up }) => up);
  return places.every((place) => cast.isUp(state.actors[place] ?? 0) || isKnown(place)) && !careful.some(isLate);
}

function texts({ cast }: Processes): (number: number) => string {
  const known: string[] = [];
  return (number) => {
    known[number] ??= canonicalText(essence(cast.actor(number), cast.play));
    return known[number];
  };
}
