/** The explorer finds what is published, what the theory says, and no violation in the shipped core. */

import t from "tap";
import { explore } from "../../runtime/exploration/breadth-first.js";
import type { ClusterOptions } from "../../runtime/exploration/cluster.js";
import { exploreCluster, exploreSpecification } from "../../runtime/exploration/report.js";
import type { TransitionSystem } from "../../runtime/exploration/transition-system.js";
import { play } from "../golden/script.js";

const SMALL: ClusterOptions = { participants: 2, crashes: 1 };

t.test("the published numbers of Gray and Lamport's specifications", async (t) => {
  const expected = { tcommit: [4, 12, 34, 96, 274, 792], "two-phase": [12, 56, 288, 1568, 8832] };
  for (const name of ["tcommit", "two-phase"] as const) {
    for (const [index, states] of expected[name].entries()) {
      const { distinctStates, violation } = exploreSpecification(name, index + 1);
      t.equal(distinctStates, states, `${name} ${index + 1}`);
      t.equal(violation, null);
    }
  }
  // TLC says 1146 states generated, the initial one included.
  t.match(exploreSpecification("two-phase", 3), { transitions: 1145, depth: 11 });
  t.match(exploreSpecification("tcommit", 3), { transitions: 93, depth: 7 });
});

t.test("a violation comes with the shortest way to it", async (t) => {
  const counter: TransitionSystem<number> = {
    initial: () => [1],
    next: (state) => [
      { label: "add", state: state + 1 },
      { label: "double", state: state * 2 },
    ],
    key: String,
    invariants: [{ name: "below 9", holds: (state) => state < 9 }],
  };
  const { violation, depth } = explore(counter);
  t.same(
    violation?.path.map(({ label, state }) => `${label} ${state}`),
    ["add 2", "add 3", "double 6", "double 12"],
  );
  t.equal(violation?.invariant, "below 9");
  t.equal(depth, 5);
});

t.test("the shipped core keeps every invariant, in exactly so many states", async (t) => {
  const report = exploreCluster(SMALL);
  t.match(report, { distinctStates: 1141, transitions: 3649, depth: 17, violation: null });
  t.match(exploreCluster({ participants: 1, crashes: 2 }), { violation: null });
  t.match(exploreCluster({ participants: 2, crashes: 0, transactions: 2 }), { violation: null });
  const { seconds: _, ...again } = exploreCluster(SMALL);
  t.match(report, again, "the same again");
});

t.test("what blocks is what the theory says, and the example plays on the stage", async (t) => {
  const { blocking, violation } = exploreCluster(SMALL);
  t.equal(violation, null, "no state blocks otherwise");
  t.equal(blocking.states, 10);
  for (const { prepared, down } of blocking.reasons) t.equal(prepared + down, 2, "nobody who is up knows more");
  const lines = blocking.example ?? [];
  const doubt = ["> deliver", "> doubt n1", "> doubt n2"];
  const played = play([...lines, ...doubt].join("\n")).split("\n");
  t.same(played.slice(0, lines.length), lines);
  for (const node of ["n1", "n2"]) {
    t.match(played[played.indexOf(`> doubt ${node}`) + 1], /t1 prepared, waits for c1/);
  }
  t.equal(exploreCluster({ participants: 2, crashes: 0 }).blocking.states, 0, "without a crash nobody blocks");
});
