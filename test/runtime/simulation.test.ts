/** The simulator: promises are kept over many seeds, a seed always gives the same run, and a smaller plan is as bad. */

import t from "tap";
import { minimize } from "../../runtime/simulation/minimize.js";
import { MIXES, type Plan, planOf } from "../../runtime/simulation/plan.js";
import { Random } from "../../runtime/simulation/random.js";
import { MINIMUM } from "../../runtime/simulation/rules.js";
import { simulate } from "../../runtime/simulation/run.js";

/** The slice of every test run. `npm run sim` does more. */
const SEEDS = { "2pc": 80, "3pc": 60, mixed: 40, "up-set": 40, partition: 40 };
/** The journals of the runs of two-phase commit. */
const journals: string[] = [];

/** How many lines of them are like this. */
function heard(pattern: RegExp): number {
  return journals.filter((line) => pattern.test(line)).length;
}

for (const protocol of MIXES) {
  t.test(`no promise is broken, whatever the seeds bring: ${protocol}`, async (t) => {
    const totals = { transactions: 0, committed: 0 };
    for (let seed = 1; seed <= SEEDS[protocol]; seed += 1) {
      const listen = protocol === "2pc" ? (line: string) => void journals.push(line) : undefined;
      const { violations, transactions, committed } = simulate(planOf(seed, protocol), listen);
      t.same(violations, [], `seed ${seed}`);
      totals.transactions += transactions;
      totals.committed += committed;
    }
    t.ok(totals.transactions > 30 * SEEDS[protocol], "at least 30 transactions in each");
    t.ok(totals.committed > totals.transactions / 5, "faults do not keep everything from committing");
  });
}

t.test("no promise is broken where only those vote that are up to date", async (t) => {
  let [transactions, committed] = [0, 0];
  for (let seed = 1; seed <= SEEDS["up-set"]; seed += 1) {
    const run = simulate(planOf(seed, "3pc", { membership: "up-set" }));
    t.same(run.violations, [], `seed ${seed}`);
    transactions += run.transactions;
    committed += run.committed;
  }
  t.ok(committed > transactions / 3, "the death of one does not keep the others from committing");
});

t.test("when each side of a partition takes the other one for dead, three-phase commit splits", async (t) => {
  const runs = Array.from({ length: SEEDS.partition }, (_, seed) => simulate(planOf(seed, "3pc", { partition: true })));
  const split = runs.filter(({ violations: [first] }) => first?.promise === "agreement");
  t.ok(split.length > 3, `${split.length} of ${SEEDS.partition}`);
  t.match(split[0]?.violations[0]?.says, /is committed for .* and aborted for/);
  for (let seed = 0; seed < SEEDS.partition; seed += 1) {
    t.same(
      simulate(planOf(seed, "2pc", { partition: true })).violations,
      [],
      `two-phase commit does not, seed ${seed}`,
    );
  }
});

t.test("the same seed gives the same journal, byte for byte", async (t) => {
  const journal = (seed: number) => {
    const lines: string[] = [];
    simulate(planOf(seed, "2pc"), (line) => lines.push(line));
    return lines.join("\n");
  };
  for (const seed of [1, 2, 3, 77, 4096]) t.equal(journal(seed), journal(seed), `seed ${seed}`);
  t.not(journal(1), journal(2), "and another seed another one");
});

t.test("the plans have every kind of fault, several coordinators, and crashes during recovery", async (t) => {
  const plans = Array.from({ length: 200 }, (_, seed) => planOf(seed, "2pc"));
  const faults = plans.flatMap((plan) => plan.faults);
  const kinds = new Set(faults.map(({ kind }) => kind));
  t.same(
    [...kinds].sort(),
    ["clock", "crash", "cut", "flush", "pause", "point", "slow", "suspicion", "total failure", "turn"],
    "all kinds",
  );
  t.ok(plans.some(({ coordinators }) => coordinators.length > 1));
  t.ok(faults.some((fault) => "afterlife" in fault && fault.afterlife.stumbles > 1));
  t.ok(faults.some((fault) => fault.kind === "cut" && !fault.both));
  t.ok(plans.every(({ coordinators, replicas }) => [3, 4, 5].includes(coordinators.length + replicas.length)));
});

t.test("in three-phase commit the detector is right, coordinators may hold data, and anybody may lead", async (t) => {
  const plans = Array.from({ length: 200 }, (_, seed) => planOf(seed, seed % 2 === 0 ? "3pc" : "mixed"));
  t.notOk(plans.some(({ faults }) => faults.some(({ kind }) => kind === "suspicion" || kind === "partition")));
  t.ok(plans.some(({ coordinators, replicas }) => coordinators.every((node) => replicas.includes(node))));
  const requests = plans.flatMap(({ clients }) => clients.flatMap((client) => client.requests));
  const led = requests.filter((request) => request.kind === "transact" && request.leader?.startsWith("n"));
  t.ok(led.length > requests.length / 20, `${led.length} of ${requests.length}`);
  const protocols = requests.map((request) => request.kind === "transact" && request.protocol);
  t.ok(protocols.includes("2pc") && protocols.includes("3pc"));
});

t.test("applications do everything that could go wrong between reading and writing", async (t) => {
  const requests = Array.from({ length: 200 }, (_, seed) => planOf(seed, "3pc").clients)
    .flat()
    .flatMap((client) => client.requests);
  const deeds = new Set(requests.flatMap((request) => (request.kind === "function" ? [request.deed.does] : [])));
  t.same([...deeds].sort(), ["audit", "look", "mark", "open", "sit", "transfer", "withdraw"]);
  const demands = requests.filter((request) => request.kind === "transact" && request.operations[0]?.key === MINIMUM);
  t.ok(demands.some((request) => "operations" in request && request.operations[0]?.op === "del"));
  t.ok(demands.some((request) => "operations" in request && request.operations[0]?.op === "put"));
});

t.test("four clients submit one id at one moment, in three-phase commit to several leaders", async (t) => {
  const plans = Array.from({ length: 200 }, (_, seed) => planOf(seed, "3pc"));
  const rivals = plans.map(({ clients }) => clients.filter(({ address }) => address.startsWith("rival-")));
  const met = rivals.filter(({ length }) => length > 0);
  t.ok(met.length > 20, `${met.length} of 200`);
  for (const clients of met) {
    const first = clients.map(({ requests }) => requests[0]).filter((request) => request?.kind === "transact");
    t.equal(first.length, 4);
    t.equal(new Set(first.map(({ txn, atMs }) => `${txn} ${atMs}`)).size, 1);
  }
  const leaders = met.flatMap((clients) =>
    clients.map(({ requests: [request] }) => request?.kind === "transact" && request.leader),
  );
  t.ok(new Set(leaders).size > 3);
});

t.test("what expires is removed while the cluster suffers, by clocks that step, and by two at once", async (t) => {
  const plans = Array.from({ length: 60 }, (_, seed) => planOf(seed, "2pc"));
  const expirers = plans.map(({ clients }) => clients.filter(({ address }) => address.startsWith("expirer-")));
  t.same([...new Set(expirers.map(({ length }) => length))].sort(), [0, 1, 2]);
  const requests = expirers.flat().flatMap((client) => client.requests);
  const ahead = new Set(requests.map((request) => (request.kind === "expire" ? request.aheadMs : 0)));
  t.ok(Math.min(...ahead) < 0 && Math.max(...ahead) > 0);
  t.ok(heard(/expirer-\d < outcome expirer.* committed/) > 10, "commits");
  t.ok(heard(/expirer-\d < outcome expirer.* aborted \(conflict/) > 10, "somebody else holds a key or its row");
});

t.test("functions commit, are refused what changed, and try again", async (t) => {
  t.ok(heard(/app-\d < outcome f.* committed/) > 50, "commits");
  t.ok(heard(/app-\d < outcome f.* aborted \(check-failed/) > 10, "what was read has changed");
  t.ok(heard(/app-\d < values changed/) > 3, "what was read before has changed at the next read");
  t.ok(heard(/< outcome .* aborted \(constraint account/) > 1, "an account would go below zero");
  t.ok(heard(/app-\d < outcome f\d.\d.2 committed/) > 10, "another attempt");
});

/** A plan that must fail: messages are lost, and nobody ever asks or sends again. */
function hopeless(seed: number): Plan {
  const plan = planOf(seed, "2pc");
  return { ...plan, settings: { ...plan.settings, inquireAfterMs: 1e9, resendAfterMs: 1e9 }, weather: LOSSY };
}

const LOSSY = { leastDelayMs: 0.1, mostDelayMs: 1, loss: 0.3, copies: 0, reorders: false };

t.test("what does not settle is a violation, and is made smaller without becoming another one", async (t) => {
  const plan = hopeless(1);
  const [violation] = simulate(plan).violations;
  t.equal(violation?.promise, "termination");
  const smaller = minimize(plan);
  t.equal(simulate(smaller).violations[0]?.promise, "termination");
  const size = ({ clients, faults }: Plan) => clients.flatMap(({ requests }) => requests).length + faults.length;
  t.ok(
    size(smaller) <= 5 && size(smaller) < size(plan) / 5,
    `${size(plan)} requests and faults became ${size(smaller)}`,
  );
});

t.test("chance is spread evenly and depends on the name", async (t) => {
  const random = new Random(5, "a");
  const counts = [0, 0, 0, 0];
  for (let draw = 0; draw < 4000; draw += 1) {
    const which = random.whole(0, 3);
    counts[which] = (counts[which] ?? 0) + 1;
  }
  t.ok(
    counts.every((count) => count > 850 && count < 1150),
    counts.join(" "),
  );
  t.not(new Random(5, "a").next(), new Random(5, "b").next());
  t.not(new Random(5, "a").next(), new Random(6, "a").next());
});
