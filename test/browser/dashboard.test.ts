/** The dashboard in a real browser, on a real cluster of processes. */

import { request as ask, createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import t, { type Test } from "tap";
import { browserFor, Visit } from "./browser.js";
import * as cluster from "./cluster-view.js";
import * as data from "./data-view.js";
import { compressedBytes } from "./pages.js";
import { takePictures } from "./pictures.js";
import { Stage } from "./stage.js";
import * as transactions from "./transaction-views.js";

const MOST_BYTES = 250_000;

t.test("the page is small", async (t) => {
  const bytes = compressedBytes();
  t.ok(bytes < MOST_BYTES, `${bytes} bytes, compressed`);
});

const browser = await browserFor(t);
if (browser) {
  const stage = await Stage.begin(t);
  const visit = await Visit.begin(browser, stage.url);
  const see = (name: string, work: (t: Test) => Promise<void>) =>
    t.test(name, async (t) => {
      await work(t);
      t.same(visit.wrongs.splice(0), [], "nothing from elsewhere, no error, nothing done by a text");
    });

  see("cluster: each node with its state", (t) => cluster.clusterShowsNodes(t, visit));
  see("first paint", async (t) => {
    const [paint] = await visit.page.evaluate<{ name: string; startTime: number }[]>(
      'performance.getEntriesByName("first-contentful-paint").map(({ name, startTime }) => ({ name, startTime }))',
    );
    t.ok(paint, `after ${Math.round(paint?.startTime ?? 0)} ms`);
  });
  see("a kill by button is seen as down, replaying, up", (t) => cluster.killIsSeen(t, visit));
  see("a crash point from the menu strikes", (t) => cluster.crashPointIsArmed(t, visit, stage));
  see("a node pauses and goes on", (t) => cluster.nodePauses(t, visit));
  see("a link is cut, slow, whole again", (t) => cluster.linkIsCut(t, visit, stage));
  see("the keyboard is enough", (t) => cluster.keyboardIsEnough(t, visit));
  see("a picture holds exactly the journal", (t) => transactions.pictureHoldsTheJournal(t, visit, stage));
  see("messages can be read, also as HTTP", (t) => transactions.messagesCanBeRead(t, visit));
  see("the list is filtered", (t) => transactions.listIsFiltered(t, visit, stage));
  see("hostile text is text", (t) => data.hostileTextIsText(t, visit, stage));
  see("statements run", (t) => data.statementsRun(t, visit));
  see("load is plotted", (t) => data.loadIsPlotted(t, visit, stage));
  see("a doubt under a dead coordinator is explained", (t) => data.doubtIsExplained(t, visit, stage));
  see("replicas that differ are marked", (t) => data.differencesAreMarked(t, visit, stage));
  see("pictures of all views", (t) => takePictures(t, browser, stage));
  see("it works below a prefix, and asks for nothing outside of it", async (t) => {
    const prefixed = await mountBelow(t, "/lab/1/", stage.url);
    const below = await Visit.begin(browser, prefixed);
    await below.see("[data-state=up]");
    await below.page.goto(`${prefixed}vote/n2`);
    t.equal(below.page.url(), `${prefixed}#/vote/n2`);
    t.same(below.wrongs, []);
    await below.page.close();
  });
  see("it finds a cluster again that was away", async (t) => {
    await visit.open("cluster");
    await stage.leave();
    await visit.see(".notice", /does not answer; trying again/);
    await stage.comeBack();
    await visit.miss(".notice");
    await visit.see('tr[data-node="n3"] [data-state="up"]');
    t.ok(
      [...visit.asked].every((target) => target.startsWith(stage.url)),
      "and never asked anybody else",
    );
  });
  see("5,000 transactions stay responsive", (t) => transactions.manyStayResponsive(t, browser));
}

/** Somebody who serves the cluster below a path, and nothing else. Resolves with the address. */
async function mountBelow(t: Test, prefix: string, target: string): Promise<string> {
  const server = createServer((incoming, outgoing: ServerResponse) => {
    const { url = "", method, headers } = incoming;
    if (!url.startsWith(prefix)) return outgoing.writeHead(404).end();
    const { host } = new URL(target);
    const passed = ask(
      new URL(url.slice(prefix.length), target),
      { method, headers: { ...headers, host } },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(outgoing);
      },
    );
    passed.on("error", () => outgoing.destroy());
    incoming.pipe(passed);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.teardown(() => server.closeAllConnections());
  t.teardown(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}${prefix}`;
}
