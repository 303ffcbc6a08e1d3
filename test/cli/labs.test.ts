/** Every guided tour ends as it says; and one of them step by step over HTTP. */

import t from "tap";
import { open, serve } from "../../cli/commands/engine.js";
import type { Lab } from "../../cli/lab/lab.js";
import type { LabList, LabState } from "../../cli/lab/lab-desk.js";
import { LabDesk } from "../../cli/lab/lab-desk.js";
import { LABS } from "../../cli/lab/labs.js";
import { Tour } from "../../cli/lab/tour.js";
import { until } from "../../cli/torture/polling.js";

async function toured(lab: Lab, patienceMs?: number): Promise<Tour> {
  const tour = new Tour(lab, { open, ...(patienceMs !== undefined && { patienceMs }) });
  try {
    await tour.start();
    while (await tour.next());
  } finally {
    await tour.close();
  }
  return tour;
}

for (const lab of LABS) {
  t.test(lab.name, async (t) => {
    const { taken, isOver } = await toured(lab);
    for (const { say, found } of taken) {
      t.ok(found.length > 0, say);
      for (const { that, holds } of found) t.ok(holds, that);
    }
    t.equal(taken.length, lab.steps.length);
    t.ok(isOver);
    const drawn = taken.filter(({ trace }) => trace?.source === "journal").length;
    t.equal(drawn, lab.steps.filter(({ picture }) => picture !== undefined).length, "each picture is there");
  });
}

t.test("a tour that is wrong says so, and goes no further", async (t) => {
  const wrong = { that: "pigs fly", holds: () => false };
  const step = { say: "Look.", do: async () => undefined, expect: [wrong] };
  const tour = await toured({ name: "wrong", title: "", about: "", steps: [step, step] }, 10);
  t.same(tour.taken, [{ say: "Look.", found: [{ that: "pigs fly", holds: false }], lines: [] }]);
  t.ok(tour.hasFailed && tour.isOver);
});

t.test("over HTTP, a step at a time", async (t) => {
  const cluster = await open({ temporary: true, replicas: 1 });
  const serving = await serve(cluster, 0, false);
  t.teardown(async () => {
    await serving.close();
    await cluster.close();
  });
  const send = async (path: string, body?: object, headers: Record<string, string> = { "x-ayes": "lab" }) => {
    const given = {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
    };
    const answer = await fetch(`${serving.url}${path}`, body ? given : {});
    return { status: answer.status, body: (await answer.json()) as LabState & LabList };
  };
  t.same(
    (await send("/v1/labs")).body.labs.map(({ lab }) => lab),
    LABS.map(({ name }) => name),
  );
  t.match(await send("/v1/labs", { lab: "cooperative" }, {}), { status: 403 });
  t.match(await send("/v1/labs", { lab: "nothing" }), { status: 404 });
  const started = await send("/v1/labs", { lab: "cooperative" });
  t.match(started, {
    status: 200,
    body: { lab: "cooperative", taken: [], steps: 2, over: false, next: /^c1 decides/ },
  });
  t.match(await send("/v1/labs", { lab: "blocking" }), { status: 503 }, "one at a time");
  const path = `/v1/labs/${started.body.id}`;
  t.match(await send(path, { step: "jump" }), { status: 400 });
  const first = await send(path, { step: "next" });
  t.match(first.body, {
    taken: [{ found: [{ holds: true }, { holds: true }, { holds: true }], trace: { txn: "gift" } }],
  });
  t.match((await send("/v1/labs")).body.running, { id: started.body.id, over: false, next: /^c1 comes back/ });
  t.match((await send(path, { step: "next" })).body, { over: true, failed: false, next: undefined });
  t.match((await send("/v1/labs", { lab: "partition" })).body, { lab: "partition", taken: [] });
  t.match(await send(path, { step: "next" }), { status: 404 }, "the earlier one is over");
});

t.test("one that is left ends by itself", async (t) => {
  const desk = new LabDesk({ open, leftMs: 20 });
  await desk.start("partition");
  await until("it is over", () => desk.list().running === undefined);
  t.equal(desk.list().labs.length, LABS.length);
});
