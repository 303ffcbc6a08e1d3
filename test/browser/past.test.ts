/** The dashboard on what is over: a slider through the logs of a crashed cluster, and through a recording of it. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t, { type Test } from "tap";
import { until } from "../../cli/torture/polling.js";
import { open } from "../../runtime/client.js";
import { servePast } from "../../runtime/gateway/server.js";
import { historyOfFolder } from "../../runtime/past/folder-history.js";
import type { History } from "../../runtime/past/past-api.js";
import { historyOfRecording } from "../../runtime/past/recorded-history.js";
import type { Entry } from "../../runtime/recording/entry.js";
import { browserFor, Visit } from "./browser.js";
import { PAGES } from "./pages.js";
import { takePicture } from "./pictures.js";

const HOSTILE = "<img src=x onerror=alert(1)>";
const root = mkdtempSync(join(tmpdir(), "ayes-past-page-"));
t.teardown(() => rmSync(root, { recursive: true, force: true }));

/** Three commits, then one that its coordinator decided and could tell nobody. */
async function crashed(data: string): Promise<{ entries: Entry[]; blocked: string }> {
  const entries: Entry[] = [];
  const cluster = await open({ data, chaos: true, record: (entry) => entries.push(entry) });
  await cluster.put("a", 1);
  await cluster.put(HOSTILE, HOSTILE, { id: `${HOSTILE}-1` });
  await cluster.put("a", 3);
  await until("all is over", async () => (await cluster.status()).inDoubt.length === 0);
  await cluster.crash("c1", { at: "after-decision", restart: false });
  const { txn } = await cluster.put("blocked", 4, { deadlineMs: 200 });
  await cluster.close();
  return { entries, blocked: txn };
}

async function* each(entries: readonly Entry[]): AsyncIterable<Entry> {
  yield* entries;
}

const browser = await browserFor(t);
if (browser) {
  const data = join(root, "data");
  const { entries, blocked } = await crashed(data);
  const visitTo = async (t: Test, history: History) => {
    const served = await servePast(history, { port: 0, pages: PAGES });
    t.teardown(() => served.close());
    const visit = await Visit.begin(browser, `${served.url}/`);
    t.teardown(() => visit.page.close());
    return visit;
  };

  t.test("logs: values at each commit, what is in doubt at the end, and its trace", async (t) => {
    const visit = await visitTo(t, await historyOfFolder(data));
    t.same(await visit.texts("nav a"), ["History", "Transactions"], "nothing that only a running cluster has");
    await visit.see("output", "commit 3 of 3");
    await visit.see(".past-doubts li", "blocked");
    await visit.see(".past-doubts li", "c1: decided committed");
    await visit.see(".past-locks li", "n1");
    await visit.see(".compared tr", HOSTILE);
    await visit.see(".compared tr:has-text('a') td", "3");
    await takePicture(t, browser, visit.url, { name: "history", address: "history", ready: ".past-doubts li" });
    await visit.page.locator("input[type=range]").fill("1");
    await visit.see("output", "commit 1 of 3");
    await visit.see(".faint", "no log remembers");
    t.same((await visit.texts(".compared td:nth-child(2)")).sort(), ["1", "not there"]);
    await visit.press("One commit on");
    await visit.see("output", "commit 2 of 3");
    await visit.page.locator("input[type=search]").fill("a");
    await visit.see(".compared tr", "1");
    await visit.page.goto(`${visit.url}#/transactions`);
    await visit.see("[data-txn]", "undecided");
    await visit.page.locator(`[data-txn="${blocked}"]`).click();
    await visit.see("h1", blocked);
    t.same(visit.wrongs, [], "nothing from elsewhere, no error, nothing done by a text");
  });

  t.test("a recording: nodes and locks at each turn", async (t) => {
    const history = await historyOfRecording("run", each(entries));
    const visit = await visitTo(t, history);
    const { steps } = history.past;
    await visit.see("output", `turn ${steps} of ${steps}`);
    await visit.see(".past-nodes li", "c1");
    await visit.page.locator("input[type=range]").fill("0");
    await visit.see(".event", "Before the first one");
    await visit.see(".empty", "No keys");
    const locked = Array.from({ length: steps }, (_, step) => step).find((step) => history.at({ step }).locks?.length);
    await visit.page.locator("input[type=range]").fill(String(locked));
    await visit.see(".past-locks li", "locks a");
    await visit.press("n2");
    await visit.see("[aria-pressed=true]", "n2");
    await visit.page.setViewportSize({ width: 390, height: 800 });
    const isWide = await visit.page.evaluate<boolean>("document.documentElement.scrollWidth > innerWidth");
    t.notOk(isWide, "readable on a narrow screen");
    t.same(visit.wrongs, [], "nothing from elsewhere, no error, nothing done by a text");
  });
}
