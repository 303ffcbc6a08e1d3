/** What people do on the page: vote, each on a page of their own, and let the protocol go step by step. */

import type { Test } from "tap";
import type { Visit } from "./browser.js";
import { HOSTILE } from "./data-view.js";
import type { View } from "./pictures.js";
import type { Stage } from "./stage.js";

/** Four pages: one that proposes, and one for each person. */
export type Company = { proposer: Visit; people: Visit[] };

type Picture = (view: View) => Promise<void>;

const NODES = ["n1", "n2", "n3"];
/** Of a commit with three participants: `begin`, 4n messages, 2n + 1 forced writes. */
const STEPS = 1 + 12 + 7;

/** Everybody opens the page of their node, and lets themselves be asked. */
export async function peopleTakeTheirSeats(t: Test, { proposer, people }: Company): Promise<void> {
  for (const [index, visit] of people.entries()) {
    await visit.page.goto(`${visit.url}vote/${NODES[index]}`);
    await visit.see(".notice", `${NODES[index]} asks nobody: it votes by the rule always.`);
    await visit.press("Ask a person");
    await visit.miss(".notice");
    await visit.see(".empty", "Nothing waits for you.");
  }
  await proposer.open("vote");
  for (const node of NODES) await proposer.see("tr", new RegExp(`${node}\\s*a person`));
  t.pass("all are asked from now on");
}

async function propose({ page }: Visit, text: string, name: string): Promise<void> {
  await page.getByRole("textbox", { name: "Text to be voted on" }).fill(text);
  await page.getByRole("textbox", { name: "under the name" }).fill(name);
  await page.getByRole("combobox").selectOption("5 min");
  await page.getByRole("button", { name: "Propose" }).click();
}

export async function allCommit(t: Test, { proposer, people }: Company, picture: Picture): Promise<void> {
  const [text = ""] = HOSTILE;
  const name = "roof <i>";
  await propose(proposer, text, name);
  for (const visit of people) {
    await visit.see(".ballot .proposal", text);
    await visit.see(".ballot [role=timer]", /^(299|2[5-9]\d|300) s left/);
  }
  await proposer.see(".card", /Not yet heard: .*n1/);
  await picture({ name: "vote", address: "vote/n2", ready: ".ballot .proposal" });
  for (const visit of people) {
    await visit.press("COMMIT");
    await visit.see(".card", "you said COMMIT");
  }
  for (const visit of [proposer, ...people]) {
    await visit.see(".card[data-outcome=committed]");
    await visit.see(".adopted th", name);
    await visit.see(".adopted td", text);
    t.equal(await visit.page.locator("main img, main i").count(), 0, "a text stays a text");
  }
}

export async function oneAborts(t: Test, { proposer, people: [first, second] }: Company): Promise<void> {
  await propose(proposer, "a pool", "pool");
  await second?.see(".ballot .proposal", "a pool");
  await second?.page.getByRole("textbox", { name: "Why not" }).fill("too <b>expensive</b>");
  await second?.press("ABORT");
  await proposer.see(".card[data-outcome=aborted]", /too <b>expensive<\/b>.*/);
  await first?.see(".empty", "Nothing waits for you.");
  t.notOk((await proposer.texts(".adopted th")).includes("pool"));
}

export async function nobodyAnswers(t: Test, { people: [first] }: Company, stage: Stage): Promise<void> {
  const operations = [{ op: "put", key: "a", value: { list: [1, "<i>"] } }];
  const checks = [{ key: "nothing", is: "absent" }];
  const ended = stage.tell("v1/transactions", { operations, checks, deadlineMs: 4000 });
  await first?.see(".ballot li", 'put a {"list":[1,"<i>"]}');
  await first?.see(".ballot li", "only if nothing absent");
  await first?.see(".ballot [role=timer].bad", /^[1-4] s left, then it is a no/);
  t.match(await ended, { outcome: "aborted", why: { detail: /the person at n\d did not answer in time/ } });
  await first?.miss(".ballot");
}

/** The coordinator tells one and dies; the others learn it from that one, and the page says so. */
export async function participantsAskEachOther(t: Test, company: Company, stage: Stage): Promise<void> {
  const { proposer, people } = company;
  await stage.tell("v1/nodes/c1/crash", { at: "partial-decision", targets: ["n1"], restart: false });
  await propose(proposer, "a garden", "garden");
  for (const visit of people) {
    await visit.see(".ballot .proposal", "a garden");
    await visit.press("COMMIT");
  }
  await people[2]?.see(".card[data-outcome=committed]", /n3 .*n1/);
  await people[2]?.see(".adopted th", "garden");
  await stage.becomes("c1", "held");
  await stage.tell("v1/nodes/c1/restart", {});
  await stage.becomes("c1", "up");
  t.pass("while nobody led");
}

/** What was committed is there again, and people are asked again. */
export async function allIsThereAgain(t: Test, { proposer, people }: Company, stage: Stage): Promise<void> {
  await stage.leave();
  await proposer.see(".notice", /does not answer/);
  await stage.comeBack();
  await proposer.miss(".notice");
  await people[0]?.open("vote/n1");
  await people[0]?.see(".adopted th", "garden");
  await proposer.open("vote");
  await propose(proposer, "again", "again");
  await people[0]?.see(".ballot .proposal", "again");
  await people[0]?.press("ABORT");
  await proposer.see(".card[data-outcome=aborted]", "the person at n1 said no");
  t.pass("the rule outlived the program");
}

/** From `begin` to the last ack, by one button. */
export async function stepsToTheEnd(t: Test, visit: Visit): Promise<void> {
  await visit.open("step");
  await visit.see(".empty", "Hold all");
  await visit.press("Hold all");
  await visit.see("[role=status]", "all transactions go by hand; time stands still");
  await visit.page.getByRole("textbox", { name: "Value" }).fill("<b>7</b>");
  await visit.press("Begin a transaction");
  const taken: string[] = [];
  const rows = visit.page.locator(".held tbody tr");
  while (taken.length < STEPS) {
    await rows.first().waitFor();
    const id = await rows.first().getAttribute("data-id");
    taken.push((await rows.first().locator("summary .text").first().textContent()) ?? "");
    await visit.press("Next step");
    await visit.miss(`.held tr[data-id="${id}"]`);
  }
  const count = (word: string) => taken.filter((text) => text.startsWith(word)).length;
  t.same(["begin", "prepare", "vote", "decide", "ack"].map(count), [1, 3, 3, 3, 3]);
  t.equal(count("about to force"), 7, "2n + 1 forced writes");
  await visit.see(".filters", "Nothing waits.");
}

export async function oneIsLetGo(t: Test, visit: Visit, stage: Stage, picture: Picture): Promise<void> {
  stage.begin([{ op: "put", key: "a", value: "<img src=x>" }]);
  await visit.see(".held tr", /begin/);
  await visit.page.locator(".held summary").first().click();
  await visit.see(".held pre", "<img src=x>");
  await visit.press("Let go");
  await visit.see(".held tr", /prepare/);
  await picture({ name: "step", address: "step", ready: ".held tr" });
  await visit.press("Let everything go");
  await visit.see(".empty", "Hold all");
  t.equal(await visit.page.locator("main img").count(), 0);
  t.match(await stage.run("get a"), /<img src=x>/, "what was held went on");
}
