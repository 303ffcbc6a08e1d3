/** `npm run folder-kills -- 1000`: the long run of what `folder-kill.test.ts` does a bounded slice of. */

import { killFolders } from "./folder-killer.js";

const [kills = "1000", lanes = "4"] = process.argv.slice(2);
const tally = await killFolders(Number(kills), Number(lanes), 3, ({ kills: done, old, fresh, flaws }) => {
  if (process.stderr.isTTY) process.stderr.write(`\r${done} kills: ${old} old, ${fresh} new, ${flaws.length} flaws `);
});
console.log(JSON.stringify(tally));
process.exitCode = tally.flaws.length > 0 ? 1 : 0;
