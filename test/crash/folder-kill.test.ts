/** A program is killed in commits of a hundred files and a key: then all of them are exactly old, or all exactly new. */

import t from "tap";
import { killFolders } from "./folder-killer.js";

const KILLS = 12;
const LANES = 3;

t.test(`${KILLS} kills, at steps of the disk and at any moment`, async (t) => {
  const tally = await killFolders(KILLS, LANES, 1);
  t.same(tally.flaws, [], "folder and key agree, and nothing is left over");
  t.equal(tally.kills, KILLS);
  t.ok(tally.old > LANES, `${tally.old} times the folder was as before`);
  t.ok(tally.fresh > 0, `${tally.fresh} times it was as after the commit, which had not been acknowledged`);
});
