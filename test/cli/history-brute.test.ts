/** The checker against trying every order: on thousands of tiny histories, right and wrong, they must agree. */

import t from "tap";
import { checkHistory } from "../../cli/history/check.js";
import type { HistoryEvent, Micro, Request } from "../../cli/history/history.js";
import { goodHistory, hasSerialOrder, Random, type Recipe } from "./histories.js";

type Draw = Recipe["draw"];

const FEW = [1, 2];

const registers: Draw = (dice, key, unique): Request => {
  if (dice.chance(0.5)) return { f: "get", key: key() };
  return { f: "put", key: key(), value: unique() };
};
const repeated: Draw = (dice, key): Request => {
  const sort = dice.below(5);
  if (sort < 2) return { f: "get", key: key() };
  return sort === 2 ? { f: "delete", key: key() } : { f: "put", key: key(), value: dice.pick(FEW) };
};
const steps = (draw: (dice: Random, key: string, unique: () => number) => Micro): Draw => {
  return (dice, key, unique) => ({
    f: "txn",
    value: Array.from({ length: 1 + dice.below(3) }, () => draw(dice, key(), unique)),
  });
};
const registerSteps = steps((dice, key, unique) => (dice.chance(0.5) ? ["r", key, null] : ["w", key, unique()]));
const repeatedSteps = steps((dice, key) =>
  dice.chance(0.5) ? ["r", key, null] : ["w", key, dice.pick([...FEW, null])],
);
const listSteps = steps((dice, key, unique) => (dice.chance(0.5) ? ["r", key, null] : ["append", key, unique()]));
const listsAndRegisters = steps((dice, key, unique) => {
  if (dice.chance(0.5)) return ["r", key, null];
  return key === "k0" ? ["append", key, unique()] : ["w", key, unique()];
});
const scanSteps = steps((dice, key, unique) => {
  if (dice.chance(0.4)) return ["scan", "k", null];
  return dice.chance(0.3) ? ["r", key, null] : ["w", key, dice.chance(0.7) ? unique() : null];
});
const listScans = steps((dice, key, unique) => (dice.chance(0.4) ? ["scan", "k", null] : ["append", key, unique()]));
const mixed: Draw = (dice, key, unique) => dice.pick([registers, registerSteps, repeated])(dice, key, unique);

const DRAWS = {
  registers,
  repeated,
  registerSteps,
  repeatedSteps,
  listSteps,
  listsAndRegisters,
  scanSteps,
  listScans,
  mixed,
};

/** Puts another value in place of one that was read. */
function disturbed(events: readonly HistoryEvent[], dice: Random): HistoryEvent[] {
  const seen = events.flatMap((event) => readsOf(event).map(([kind, , value]) => ({ scan: kind === "scan", value })));
  const target = dice.pick(events.filter((event) => readsOf(event).length > 0));
  return events.map((event): HistoryEvent => {
    if (event !== target) return event;
    const like = (scan: boolean) =>
      dice.pick([...seen.filter((one) => one.scan === scan), { value: scan ? [] : null }]);
    const other = ([kind, key]: Micro): Micro =>
      kind === "scan" ? ["scan", key, like(true).value] : ["r", key, like(false).value];
    if (event.f === "get") return { ...event, value: like(false).value };
    const step = dice.pick(readsOf(event));
    return { ...event, value: (event.value as Micro[]).map((own) => (own === step ? other(own) : own)) };
  });
}

function readsOf(event: HistoryEvent): Micro[] {
  if (event.type !== "ok") return [];
  if (event.f === "txn") return (event.value as Micro[]).filter(([kind]) => kind === "r" || kind === "scan");
  return event.f === "get" ? [["r", event.key ?? "", event.value]] : [];
}

for (const [name, draw] of Object.entries(DRAWS)) {
  t.test(`${name}: the same verdict as by trying every order`, async (t) => {
    const verdicts = { right: 0, wrong: 0 };
    for (let seed = 0; seed < 1000; seed += 1) {
      const dice = new Random(seed);
      const recipe = { operations: 4 + dice.below(4), processes: 2 + dice.below(2), keys: 1 + dice.below(2), draw };
      const good = goodHistory(seed, { ...recipe, info: dice.pick([0, 0.15]), fail: dice.pick([0, 0.1]) });
      const events = dice.chance(0.2) ? good : disturbed(good, dice);
      const expected = hasSerialOrder(events);
      const verdict = checkHistory(events);
      verdicts[expected ? "right" : "wrong"] += 1;
      const agree = verdict.valid === expected && verdict.exact && verdict.valid === (verdict.anomalies.length === 0);
      if (!agree) t.fail(`seed ${seed}`, { expected, verdict, events: events.map((event) => JSON.stringify(event)) });
    }
    t.ok(verdicts.right > 50 && verdicts.wrong > 50, JSON.stringify(verdicts));
  });
}
