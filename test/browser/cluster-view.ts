/** What the view of the cluster shows, and what its buttons do. */

import type { Test } from "tap";
import type { Visit } from "./browser.js";
import type { Stage } from "./stage.js";

/** What the browser has; this program knows it only by this. */
declare const getComputedStyle: (element: unknown) => { outlineStyle: string };

const row = (node: string) => `tr[data-node="${node}"]`;
const state = (node: string, word: string) => `${row(node)} [data-state="${word}"]`;

export async function clusterShowsNodes(t: Test, { page }: Visit): Promise<void> {
  for (const node of ["c1", "n1", "n2", "n3"]) await page.locator(state(node, "up")).waitFor();
  const [text = ""] = await page.locator(row("n1")).allInnerTexts();
  t.match(text, /n1\s+replica/);
  t.match(text, /process \d+/);
  t.match(text, /\d+(\.\d)? [KM]?B/, "the size of its store");
  t.match(await page.locator(".head").first().innerText(), /4 nodes in processes · two-phase commit · all replicas/);
}

/** The question is asked once, and Escape is no. */
export async function killIsSeen(t: Test, visit: Visit): Promise<void> {
  const { page } = visit;
  await visit.press("Kill", row("n2"));
  await visit.see("dialog", "Kill n2?");
  await page.keyboard.press("Escape");
  await visit.miss("dialog");
  t.equal(await page.locator(state("n2", "up")).count(), 1, "nothing happened");
  await visit.press("Kill", row("n2"));
  await page.getByLabel("It stays down").check();
  await visit.press("Kill", "dialog");
  await visit.see(state("n2", "down"));
  await visit.see(row("n2"), "SIGKILL");
  await visit.press("Restart", row("n2"));
  await visit.press("Restart", "dialog");
  await visit.see(state("n2", "up"));
  await visit.press("Kill", row("n3"));
  await visit.press("Kill", "dialog");
  await visit.see(".lately li:first-child", /n3 up epoch 2/);
  const lately = await visit.texts(".lately li");
  const told = (node: string) => lately.filter((line) => line.includes(` ${node} `)).map((line) => line.split(" ")[2]);
  t.same(told("n3").slice(0, 3), ["up", "replaying", "down"], "newest first");
  t.same(told("n2").slice(0, 3), ["up", "replaying", "down"]);
}

export async function crashPointIsArmed(t: Test, visit: Visit, stage: Stage): Promise<void> {
  await visit.press("Crash at…", row("n1"));
  await visit.page.getByRole("radio", { name: /^before-vote/ }).check();
  await visit.press("Arm", "dialog");
  await visit.miss("dialog");
  t.match(await stage.run("put armed 1"), /aborted/);
  await visit.see('.lately [data-life="n1 down"]');
  await visit.see(state("n1", "up"));
}

export async function nodePauses(_t: Test, visit: Visit): Promise<void> {
  await visit.press("Pause", row("n3"));
  await visit.press("Pause", "dialog");
  await visit.see(state("n3", "paused"));
  await visit.press("Resume", row("n3"));
  await visit.press("Resume", "dialog");
  await visit.see(state("n3", "up"));
}

export async function linkIsCut(t: Test, visit: Visit, stage: Stage): Promise<void> {
  const { page } = visit;
  await visit.press("c1 to n2: whole");
  await page.getByRole("radio", { name: /^cut/ }).check();
  await visit.press("Apply", "dialog");
  await visit.see(".matrix button", "cut");
  await visit.press("c1 to n2: cut");
  await page.getByRole("radio", { name: /^slow/ }).check();
  await page.getByRole("spinbutton").fill("20");
  await visit.press("Apply", "dialog");
  await visit.see(".matrix button", "+20 ms");
  t.match(await stage.run("put slow 1"), /committed/);
  await visit.press("c1 to n2: +20 ms");
  await page.getByRole("radio", { name: /^whole/ }).check();
  await visit.press("Apply", "dialog");
  await visit.miss(".matrix button.warn");
}

/** Everything can be reached and used without a pointer, and what has the focus can be seen. */
export async function keyboardIsEnough(t: Test, visit: Visit): Promise<void> {
  const { page } = visit;
  await page.reload();
  await visit.see(state("n1", "up"));
  const names: string[] = [];
  for (let step = 0; step < 30 && names.at(-1) !== "Pause"; step += 1) {
    await page.keyboard.press("Tab");
    const focused = page.locator(":focus-visible");
    names.push((await focused.innerText()).trim());
    t.equal(await focused.evaluate((element) => getComputedStyle(element).outlineStyle), "solid");
  }
  for (const name of ["Cluster", "In doubt", "Data", "Kill", "Pause"]) {
    t.ok(
      names.some((found) => found.startsWith(name)),
      `Tab comes to ${name}`,
    );
  }
  await page.locator(row("c1")).getByRole("button", { name: "Kill" }).focus();
  await page.keyboard.press("Enter");
  await visit.see("dialog", "Kill c1?");
  await page.keyboard.press("Escape");
  await visit.miss("dialog");
}
