/** People on pages of the dashboard: three who vote, and one who goes through the protocol by hand. */

import t, { type Test } from "tap";
import { browserFor, Visit } from "./browser.js";
import * as hand from "./hand-views.js";
import { takePicture, type View } from "./pictures.js";
import { Stage } from "./stage.js";

const browser = await browserFor(t);
if (browser) {
  const stage = await Stage.begin(t);
  const visits = await Promise.all(Array.from({ length: 4 }, () => Visit.begin(browser, stage.url)));
  const [proposer, ...people] = visits as [Visit, ...Visit[]];
  const company = { proposer, people };
  const see = (name: string, work: (t: Test) => Promise<void>) =>
    t.test(name, async (t) => {
      await work(t);
      for (const visit of visits) t.same(visit.wrongs.splice(0), [], "nothing went wrong on the page");
    });

  const picture = (view: View) => takePicture(t, browser, stage.url, view);
  see("a transaction is stepped to its end", (t) => hand.stepsToTheEnd(t, proposer));
  see("one is let go, then everything", (t) => hand.oneIsLetGo(t, proposer, stage, picture));
  see("three people take their seats", (t) => hand.peopleTakeTheirSeats(t, company));
  see("all commit", (t) => hand.allCommit(t, company, picture));
  see("one aborts, and says why", (t) => hand.oneAborts(t, company));
  see("nobody answers", (t) => hand.nobodyAnswers(t, company, stage));
  see("participants ask each other", (t) => hand.participantsAskEachOther(t, company, stage));
  see("all is there again after a restart", (t) => hand.allIsThereAgain(t, company, stage));
}
