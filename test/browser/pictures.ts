/** Pictures of all views, light and dark, wide and narrow, for people to look at. */

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser } from "playwright-core";
import type { Test } from "tap";
import { until } from "../../cli/torture/polling.js";
import type { TraceSummary } from "../../runtime/tracing-api.js";
import { type Look, Visit } from "./browser.js";
import type { Stage } from "./stage.js";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
export const PICTURES = join(ROOT, "dist", "pictures");
const LOOKS: readonly Look[] = [
  { width: 1280, scheme: "light" },
  { width: 1280, scheme: "dark" },
  { width: 390, scheme: "light" },
  { width: 390, scheme: "dark" },
];
/** For each view what is there when all of it is. */
const VIEWS: readonly [name: string, ready: string][] = [
  ["cluster", "[data-state=blocked]"],
  ["transactions", ".row"],
  ["doubt", ".card"],
  ["data", ".compared td"],
];

/** Something to see in each view: a dead coordinator, a transaction in doubt, one that was told to some only. */
async function prepare(stage: Stage): Promise<string> {
  await stage.run('put a 1; put ["accounts",5] {"owner":"Ann","balance":120}; write docs/hello.txt "hello"');
  await stage.tell("v1/nodes/c1/crash", { at: "partial-decision", targets: ["n1"], restart: false });
  stage.begin([{ op: "put", key: "told", value: "to some only" }]);
  await stage.becomes("c1", "held");
  await until("n1 has told the others", async () => (await stage.run("get told")).includes("some only"));
  await stage.tell("v1/nodes/c1/restart", {});
  await stage.tell("v1/nodes/c1/crash", { at: "after-decision", restart: false });
  stage.begin([{ op: "put", key: "doubtful", value: 1 }]);
  await stage.inDoubt(1);
  const { traces } = await stage.ask<{ traces: TraceSummary[] }>("v1/traces?key=told&limit=1");
  return traces[0]?.txn ?? "";
}

/** In `dist/pictures`. */
export async function takePictures(t: Test, browser: Browser, stage: Stage): Promise<void> {
  mkdirSync(PICTURES, { recursive: true });
  await takeLoad(t, browser, stage);
  const told = await prepare(stage);
  const views = [
    ...VIEWS.map(([name, ready]) => [name, name, ready]),
    ["transaction", `transactions/${told}`, ".stamp"],
  ];
  for (const look of LOOKS) {
    const visit = await Visit.begin(browser, stage.url, look);
    for (const [name = "", view = "", ready = ""] of views) {
      await visit.open(view);
      await visit.see(ready);
      await keep(t, visit, name, look);
    }
    t.same(visit.wrongs, []);
    await visit.page.close();
  }
  await stage.tell("v1/nodes/c1/restart", {});
}

/** A view as it is at this moment, in every look. What it shows, when it is ready, may not change meanwhile. */
export async function takePicture(t: Test, browser: Browser, url: string, view: View): Promise<void> {
  mkdirSync(PICTURES, { recursive: true });
  for (const look of LOOKS) {
    const visit = await Visit.begin(browser, url, look);
    await visit.open(view.address);
    await visit.see(view.ready);
    await keep(t, visit, view.name, look);
    t.same(visit.wrongs, []);
    await visit.page.close();
  }
}

/** `ready` is there when all of it is. */
export type View = { name: string; address: string; ready: string };

const LOAD_MS = 5000;

/** Plots need some seconds in which something happens. */
async function takeLoad(t: Test, browser: Browser, stage: Stage): Promise<void> {
  const visits = await Promise.all(LOOKS.map((look) => Visit.begin(browser, stage.url, look)));
  for (const visit of visits) await visit.open("load");
  const until = Date.now() + LOAD_MS;
  for (let number = 0; Date.now() < until; number += 1) {
    await Promise.all([1, 2, 3].map((key) => stage.run(`put load/${key} ${number}; tx check load/0 absent, put x 1`)));
  }
  for (const [index, visit] of visits.entries()) {
    await keep(t, visit, "load", LOOKS[index] as Look);
    t.same(visit.wrongs, []);
    await visit.page.close();
  }
}

/** Nothing of it may lie beyond the edge. */
async function keep(t: Test, { page }: Visit, name: string, { width, scheme }: Look): Promise<void> {
  // Where this test has its data is no business of a picture.
  await page.locator("footer").evaluate((footer) => footer.setAttribute("hidden", ""));
  await page.screenshot({ path: join(PICTURES, `${name}-${width}-${scheme}.png`), fullPage: true });
  const overflow = "document.documentElement.scrollWidth > document.documentElement.clientWidth";
  t.equal(await page.evaluate(overflow), false, `${name} fits into ${width} pixels`);
}
