/** The list of transactions, and the picture of one. */

import type { Browser } from "playwright-core";
import type { Test } from "tap";
import { diagramOf } from "../../cli/diagram/diagram.js";
import { until } from "../../cli/torture/polling.js";
import { open } from "../../runtime/client.js";
import { serve } from "../../runtime/gateway/server.js";
import type { Trace, TraceSummary } from "../../runtime/tracing-api.js";
import { Visit } from "./browser.js";
import { PAGES } from "./pages.js";
import type { Stage } from "./stage.js";

/** Exactly the messages and records of the journal, each with its ends, and what it says when it is pointed at. */
export async function pictureHoldsTheJournal(t: Test, visit: Visit, stage: Stage): Promise<void> {
  const operations = [
    { op: "put", key: "seen", value: "first" },
    { op: "add", key: "counted", delta: 2 },
  ];
  const { txn } = (await stage.tell("v1/transactions", { operations }, "")) as { txn: string };
  await until("it has ended everywhere", async () => {
    return (await stage.ask<Trace>(`v1/traces/${txn}`)).steps.some(({ records }) =>
      records.some(({ record }) => record.kind === "ended"),
    );
  });
  const { arrows, marks, costs } = diagramOf(await stage.ask<Trace>(`v1/traces/${txn}`));
  await visit.open(`transactions/${txn}`);
  await visit.see(".picture [data-record=ended]");
  const labels = async (selector: string) => {
    const all = visit.page.locator(selector);
    return (await all.evaluateAll((found) => found.map((one) => one.getAttribute("aria-label")))).sort();
  };
  const messages = arrows.map(({ note, source, target }) => `${note}, from ${source} to ${target}`);
  t.same(await labels(".picture [data-kind]"), messages.sort());
  const records = marks.map(({ lane, note, forced }) => `${lane} ${forced ? "forced" : "wrote"} ${note}`);
  t.same(await labels(".picture [data-record]"), records.sort());
  t.same(await visit.texts(".card dd b"), [costs.messages, costs.forcedWrites, costs.rounds.toAnswer].map(String));
  await visit.see(".card dd", "theory: 4n = 12");
  await visit.see("[data-outcome=committed]", "n1, n2 and n3 voted yes");
}

/** Pointed at or tabbed to, and as JSON or as a request. */
export async function messagesCanBeRead(t: Test, visit: Visit): Promise<void> {
  const { page } = visit;
  await page.locator(".picture [data-kind=prepare]").first().focus();
  await visit.see(".detail pre", '"kind": "prepare"');
  await page.locator(".picture [data-record=decided]").hover();
  await visit.see(".detail pre", '"kind": "decided"');
  await page.locator(".picture [data-kind=vote]").first().focus();
  await visit.press("HTTP request", ".detail");
  const [request = ""] = await visit.texts(".detail pre");
  const [head = "", body = ""] = request.split("\n\n");
  t.match(
    head,
    /^POST \/vote HTTP\/1.1\nHost: c1\nUser-Agent: ayes n\d \(epoch \d+\)\nContent-Type: application\/json/,
  );
  t.match(head, new RegExp(`Content-Length: ${Buffer.byteLength(body)}\\nDate: \\w{3}, \\d+ .* GMT$`));
  t.match(JSON.parse(body), { kind: "vote", vote: "yes" });
  await visit.press("JSON", ".detail");
}

export async function listIsFiltered(t: Test, visit: Visit, stage: Stage): Promise<void> {
  await stage.run("put needle 1; tx check needle absent, put needle 2");
  await visit.open("transactions");
  await visit.page.getByRole("searchbox", { name: "key or file" }).fill("needle");
  await visit.see(".head", "2 transactions");
  await visit.page.getByRole("combobox", { name: "Outcome" }).selectOption("aborted");
  await visit.see(".head", "1 transaction");
  await visit.see(".row", "the key exists");
  t.match(await visit.page.evaluate("location.hash"), /key=needle&outcome=aborted|outcome=aborted&key=needle/);
  await visit.page.reload();
  await visit.see(".head", "1 transaction");
  await visit.page.locator(".row").click();
  await visit.see("[data-outcome=aborted]", "the key exists");
}

const MANY = 5000;
const LANES = 50;

/** Only what can be seen is there, and what is typed is answered while more come. */
export async function manyStayResponsive(t: Test, browser: Browser): Promise<void> {
  const cluster = await open({ temporary: true, replicas: 1, trace: true, journal: () => undefined });
  const serving = await serve(cluster, { port: 0, chaos: false, pages: PAGES });
  t.teardown(async () => {
    await serving.close();
    await cluster.close();
  });
  const fill = async (lane: number) => {
    for (let number = lane; number < MANY; number += LANES) await cluster.put(`many/${number}`, number);
  };
  await Promise.all(Array.from({ length: LANES }, (_, lane) => fill(lane)));
  const list = async () => (await cluster.tracing.traces({ limit: MANY })) as TraceSummary[];
  await until("all are kept", async () => (await list()).length === MANY);
  const visit = await Visit.begin(browser, `${serving.url}/`);
  await visit.open("transactions");
  await visit.see(".head", "5,000 transactions");
  const rows = await visit.page.locator(".row").count();
  t.ok(rows > 10 && rows < 100, `${rows} rows are there`);
  const began = performance.now();
  await visit.page.locator(".windowed").evaluate((list) => list.scrollTo(0, list.scrollHeight));
  const oldest = (await list()).at(-1)?.txn ?? "";
  await visit.see(`.row[data-txn="${oldest}"]`);
  const scrolled = performance.now();
  await visit.page.getByRole("searchbox", { name: "key or file" }).fill("many/4321");
  await visit.see(".head", "1 transaction");
  const filtered = performance.now();
  t.comment(`to the end in ${Math.round(scrolled - began)} ms, filtered in ${Math.round(filtered - scrolled)} ms`);
  t.same(visit.wrongs, []);
}
