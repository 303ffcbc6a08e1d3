/** The system's browser, and a page in it that tells of everything that should not have happened. */

import { existsSync } from "node:fs";
import { type Browser, chromium, type Page } from "playwright-core";
import type { Test } from "tap";

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
/** Without a sandbox it runs as root, too, and nothing of it asks anybody elsewhere for anything. */
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const PATIENCE_MS = 15_000;

/** Ends with the test. Where there is none the test is skipped, but never in CI. */
export async function browserFor(t: Test): Promise<Browser | undefined> {
  const executablePath = [process.env.CHROMIUM, ...PLACES].find((path) => path !== undefined && existsSync(path));
  if (executablePath === undefined) {
    const missing = "there is no browser: install chromium, or name one in CHROMIUM";
    if (process.env.CI && process.env.CI !== "0") t.fail(missing);
    else t.pass(missing, { skip: missing });
    return undefined;
  }
  const browser = await chromium.launch({ executablePath, args: FLAGS });
  t.teardown(() => browser.close());
  return browser;
}

export type Look = { width: number; scheme: "light" | "dark" };

/** A page, and what went wrong on it: requests to elsewhere, errors, dialogs. */
export class Visit {
  readonly page: Page;
  readonly url: string;
  readonly wrongs: string[] = [];
  readonly asked = new Set<string>();

  private constructor(page: Page, url: string) {
    this.page = page;
    this.url = url;
    page.setDefaultTimeout(PATIENCE_MS);
    page.on("request", (request) => {
      const target = request.url();
      this.asked.add(target);
      if (!target.startsWith(url) && !target.startsWith("data:")) this.wrongs.push(`asked for ${target}`);
    });
    page.on("pageerror", (error) => this.wrongs.push(`threw ${error.message}`));
    page.on("dialog", (dialog) => {
      this.wrongs.push(`opened ${dialog.message()}`);
      void dialog.dismiss();
    });
    // That the cluster did not answer while it was away is no mistake of the page.
    page.on("console", (message) => {
      const text = message.text();
      if (message.type() === "error" && !text.startsWith("Failed to load")) this.wrongs.push(`said ${text}`);
    });
  }

  /** `url` ends with a slash. */
  static async begin(browser: Browser, url: string, { width, scheme }: Look = { width: 1280, scheme: "light" }) {
    const page = await browser.newPage({ viewport: { width, height: 800 }, colorScheme: scheme });
    const visit = new Visit(page, url);
    await visit.open("cluster");
    return visit;
  }

  async open(view: string): Promise<void> {
    await this.page.goto(`${this.url}#/${view}`);
    await this.page.locator("main h1").waitFor();
  }

  /** Resolves when something is seen. */
  async see(selector: string, text?: string | RegExp): Promise<void> {
    const found = text === undefined ? this.page.locator(selector) : this.page.locator(selector, { hasText: text });
    await found.first().waitFor();
  }

  /** Resolves when nothing of it is there any more. */
  async miss(selector: string): Promise<void> {
    await this.page.locator(selector).first().waitFor({ state: "detached" });
  }

  /** Presses a button, here or within something. */
  async press(name: string | RegExp, within = "body"): Promise<void> {
    await this.page
      .locator(within)
      .getByRole("button", { name, exact: typeof name === "string" })
      .first()
      .click();
  }

  texts(selector: string): Promise<string[]> {
    return this.page.locator(selector).allInnerTexts();
  }
}
