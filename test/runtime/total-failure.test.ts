/** After a total failure the group decides exactly when the last process to fail is back, whoever fails and returns when. */

import t from "tap";
import { UP_SET_NOT_LOGGED } from "./three-phase-mutants.js";
import { totalFailures } from "./total-failure.js";

const LOST = [false, true].map((talk) => ({ talk, kept: false }));
const ALL = [...LOST, ...[false, true].map((talk) => ({ talk, kept: true }))];

for (const [processes, orders, ways] of [
  [2, 4, ALL],
  [3, 36, ALL],
  [4, 576, LOST],
] as const) {
  t.test(
    `${processes} processes: every order of failures and of returns, at every state of the protocol`,
    async (t) => {
      const { played, moments, wrong, ...census } = totalFailures(processes, ways);
      t.equal(census.orders, orders);
      t.equal(moments, 5 * (processes - 1) + 1);
      t.equal(played, orders * moments * ways.length);
      t.same(wrong, []);
    },
  );
}

t.test("found: an up-set that is not logged makes a lone last survivor wait", async (t) => {
  const { wrong } = totalFailures(2, ALL, UP_SET_NOT_LOGGED);
  t.match(wrong[0], /must not wait/);
});
