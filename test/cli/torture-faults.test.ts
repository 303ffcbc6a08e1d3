/** The plan of faults: the same for the same seed, and everything comes in turn. */

import t from "tap";
import { describeFault, type Fault, FaultDeck, type FaultKind, type Victims } from "../../cli/torture/faults.js";
import { checkPlanFor } from "../../runtime/requests.js";
import { Random } from "../../runtime/simulation/random.js";

const COORDINATORS = ["c1", "c2"];
const REPLICAS = ["n1", "n2", "n3"];
const LINKS = [
  { source: "c1", target: "n1" },
  { source: "n1", target: "c1" },
];
const EVERYTHING: Victims = {
  coordinators: COORDINATORS,
  replicas: REPLICAS,
  protocols: ["2pc", "3pc"],
  links: LINKS,
  disk: "n1",
};

function plan(seed: number, victims = EVERYTHING, steps = 200): Fault[][] {
  const deck = new FaultDeck(new Random(seed), victims);
  return Array.from({ length: steps }, () => deck.draw());
}

t.test("the same seed gives the same plan, another one another", async (t) => {
  t.same(plan(7), plan(7));
  t.notSame(plan(7), plan(8));
});

t.test("every kind comes once before any comes twice; several at once are of different kinds", async (t) => {
  const kinds: FaultKind[] = ["kill", "pause", "restart-storm", "crash-point", "total-failure", "links", "full-disk"];
  const steps = plan(3);
  for (let start = 0; start + kinds.length <= steps.length; start += kinds.length) {
    const first = steps.slice(start, start + kinds.length).map(([fault]) => fault?.kind);
    t.same(new Set(first), new Set(kinds));
  }
  for (const faults of steps) t.equal(new Set(faults.map(({ kind }) => kind)).size, faults.length);
  t.ok(steps.some((faults) => faults.length === 3));
});

t.test("what cannot be done here is not drawn", async (t) => {
  const drawn = plan(5, { ...EVERYTHING, links: [], disk: "" }).flat();
  t.notOk(drawn.some(({ kind }) => kind === "links"));
  const without = new FaultDeck(new Random(5), { ...EVERYTHING, disk: undefined });
  t.notOk(Array.from({ length: 50 }, () => without.draw()).some((faults) => faults[0]?.kind === "full-disk"));
});

t.test("points of three-phase commit are drawn where it runs", async (t) => {
  const points = (victims: Victims) =>
    new Set(
      plan(4, victims, 500).flatMap((faults) => faults.flatMap((fault) => ("plan" in fault ? [fault.plan.at] : []))),
    );
  t.ok(points({ ...EVERYTHING, protocols: ["3pc"] }).has("partial-precommit"));
  t.notOk(points({ ...EVERYTHING, protocols: ["3pc"] }).has("before-ack"));
  t.notOk(points({ ...EVERYTHING, protocols: ["2pc"] }).has("partial-precommit"));
});

t.test("every planned crash is one that the cluster accepts, and each fault has words of its own", async (t) => {
  const shape = { coordinators: COORDINATORS, replicas: REPLICAS };
  for (const fault of plan(9, EVERYTHING, 1000).flat()) {
    if (fault.kind === "crash-point") t.same(checkPlanFor(fault.node, fault.plan, shape), fault.plan);
    t.match(describeFault(fault), /\w/);
  }
});
