/** On the page: an outcome is forced with a typed reason and turns out to be wrong; and a guided tour, to its end. */

import t from "tap";
import { until } from "../../cli/torture/polling.js";
import type { Doubt } from "../../runtime/doubt-api.js";
import { browserFor, Visit } from "./browser.js";
import { takePicture } from "./pictures.js";
import { Stage } from "./stage.js";

const HOSTILE = "<img src=x onerror=alert(1)>";
const browser = await browserFor(t);
if (browser) {
  const stage = await Stage.begin(t);
  const visit = await Visit.begin(browser, stage.url);
  const { page } = visit;

  t.test("what is forced needs a reason, and a mismatch is shown until somebody has seen it", async (t) => {
    await stage.run("crash c1 at after-decision stay");
    void stage.tell("v1/transactions", { id: "t1", operations: [{ op: "put", key: "a", value: 1 }] }, "");
    const doubts = async () => (await stage.ask<{ doubts: Doubt[] }>("v1/doubt")).doubts;
    await until("it may be forced", async () => (await doubts()).some((one) => one.objections.abort === undefined));
    await visit.open("doubt");
    await page.getByRole("button", { name: "Force abort" }).click();
    const reason = page.getByRole("textbox", { name: /Why\?/ });
    const force = page.getByRole("dialog").getByRole("button", { name: "Force abort" });
    await force.click();
    t.same((await doubts())[0]?.forced, [], "not without a reason");
    await reason.fill(HOSTILE);
    await force.click();
    await visit.see("[data-forced=t1]", /Forced; the real outcome is not known yet/);
    await visit.see("[data-forced=t1] li", HOSTILE);
    await stage.run("restart c1");
    await visit.see("[data-forced=t1]", /Heuristic mismatch.*It really is committed/s);
    await page.getByRole("button", { name: "I have seen to the data" }).click();
    await page.getByRole("button", { name: "It is", exact: true }).click();
    await visit.miss("[data-forced=t1]");
    t.same(await doubts(), []);
    t.same(visit.wrongs.splice(0), []);
  });

  t.test("a tour, step by step", async (t) => {
    await visit.open("lab");
    await page.locator("[data-lab=blocking]").getByRole("button", { name: "Start" }).click();
    for (const step of [1, 2, 3]) {
      await visit.see(`[data-next="${step}"]`, new RegExp(`${step} of 3`));
      await page.getByRole("button", { name: "Do it" }).click();
      await visit.see(`[data-step="${step}"] .claims`, /✓/);
    }
    await visit.see("[role=status]", /all of it held/);
    t.equal(await page.locator(".claims .bad").count(), 0);
    await takePicture(t, browser, stage.url, { name: "lab", address: "lab", ready: '[data-step="3"] .claims' });
    await page.getByRole("button", { name: "All labs" }).click();
    await visit.see("[data-lab=together]", /Start/);
    t.same(visit.wrongs.splice(0), []);
  });
}
