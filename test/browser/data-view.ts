/** What the views of data, of doubt and of load show. */

import type { Test } from "tap";
import type { Visit } from "./browser.js";
import type { Stage } from "./stage.js";

/** Everything in them must be seen, and nothing of it may be done. */
export const HOSTILE = [
  `<img src=x onerror="alert('key')">`,
  "<script>alert(1)</script>",
  `"quotes" 'and' &amp; \\ slashes`,
  "\u202ertl\u202c \u0007bell \u200bzero",
  "{{7*7}} javascript:alert(1) %00 %2e%2e",
];

export async function hostileTextIsText(t: Test, visit: Visit, stage: Stage): Promise<void> {
  const operations = HOSTILE.map((text, index) => ({ op: "put", key: `h${index}${text}`, value: text }));
  const files = HOSTILE.map((text) => ({ op: "writeFile", path: `f/${text.replaceAll(/[\\/]/g, "")}`, content: text }));
  const id = `<b onclick="alert('id')">שלום`;
  t.match(await stage.tell("v1/transactions", { id, operations: [...operations, ...files] }, ""), {
    outcome: "committed",
  });
  await visit.open("data");
  await visit.see(".compared th", "h0<img src=x onerror=");
  const cells = await visit.texts(".compared td");
  t.ok(cells.includes(JSON.stringify("<script>alert(1)</script>")));
  await visit.see(".compared", "\\u202ertl\\u202c \\u0007bell \\u200bzero");
  await visit.press("Files");
  await visit.see(".compared th", "f/<img src=x onerror=");
  await visit.open("transactions");
  await visit.see(".row", "<b onclick=\"alert('id')\">שלום");
  await visit.page.locator(".row", { hasText: "<b onclick" }).click();
  await visit.see("main h1", "<b onclick");
  await visit.see(".picture [data-kind=begin]");
  await visit.page.locator(".picture [data-kind=begin]").first().focus();
  await visit.see(".detail pre", "<script>alert(1)</script>");
  for (const element of ["main img", "main script", "main b[onclick]"]) {
    t.equal(await visit.page.locator(element).count(), 0, `no ${element} was made`);
  }
}

/** A replica that was told a decision which the others wait for holds another value. */
export async function differencesAreMarked(t: Test, visit: Visit, stage: Stage): Promise<void> {
  await stage.run("put same 1; put other 1");
  await visit.open("data");
  await visit.see(".under", "the same everywhere");
  const cut = (between: string[], on: boolean) => stage.tell("v1/links", { between, cut: on });
  await cut(["n1", "n2"], true);
  await cut(["n1", "n3"], true);
  await stage.tell("v1/nodes/c1/crash", { at: "partial-decision", targets: ["n1"], restart: false });
  stage.begin([{ op: "put", key: "other", value: 2 }]);
  await visit.see("tr.differs th", "other");
  t.same(await visit.texts("tr.differs td"), ["2", "1", "1"]);
  await visit.open("doubt");
  await visit.see(".card", "Waits for");
  await stage.becomes("c1", "held");
  await cut(["n1", "n2"], false);
  await cut(["n1", "n3"], false);
  await stage.tell("v1/nodes/c1/restart", {});
  await visit.see(".empty", "Every transaction that began has ended");
}

/** Whoever presses the button sees it resolved. */
export async function doubtIsExplained(t: Test, visit: Visit, stage: Stage): Promise<void> {
  await visit.open("doubt");
  await stage.tell("v1/nodes/c1/crash", { at: "after-decision", restart: false });
  stage.begin([{ op: "put", key: "doubtful", value: 1 }]);
  await visit.see(".card p", /n1, n2, n3 have voted yes, which is a promise: .*contradict c1.*away/);
  const [card = ""] = await visit.texts(".card");
  t.match(card, /n1 prepared[\s\S]*n3 prepared[\s\S]*c1 is away[\s\S]*doubtful/);
  await visit.open("cluster");
  await visit.see('tr[data-node="n1"] [data-state="blocked"]');
  await visit.open("doubt");
  await visit.press("Restart c1");
  await visit.press("Restart", "dialog");
  await visit.see(".empty", "Every transaction that began has ended");
  t.match(await stage.run("get doubtful"), /1/);
}

export async function statementsRun(t: Test, visit: Visit): Promise<void> {
  const { page } = visit;
  await visit.open("data");
  const line = page.getByRole("textbox", { name: "Statements" });
  await line.fill("put typed <i>1</i>; get typed");
  await line.press("Enter");
  await visit.see(".answer pre", '"<i>1</i>"');
  await visit.see(".compared th", "typed");
  await line.fill("get nothing-here");
  await line.press("Enter");
  await visit.see(".answer pre.bad", "not found");
  await line.press("ArrowUp");
  t.equal(await line.inputValue(), "get nothing-here");
  await page.getByRole("searchbox").fill("typ");
  await visit.see(".under", /^.*1 key, the same everywhere/);
}

export async function loadIsPlotted(t: Test, visit: Visit, stage: Stage): Promise<void> {
  await visit.open("load");
  const putting = Array.from({ length: 30 }, (_, index) => stage.run(`put load/${index} 1`));
  await Promise.all(putting);
  await visit.see(".plot canvas");
  t.equal(await visit.page.locator(".plot canvas").count(), 5);
  t.same(await visit.texts(".plot figcaption > :first-child"), await visit.texts(".plot figcaption > .legend"));
}
