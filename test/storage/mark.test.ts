/** The high-water mark appears whole: a crash at the first opening leaves a store that can be opened. */

import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { MarkWriter, readMark } from "../../storage/guard.js";
import { temporaryFolder } from "./folder.js";

t.test("there is no file before the first commit, and never an empty one", async (t) => {
  const folder = temporaryFolder(t);
  const writer = new MarkWriter(folder);
  t.same(readdirSync(folder), [], "an empty file would be refused as damaged after a crash here");
  t.equal(readMark(folder), undefined);
  writer.write({ commits: 1, bytes: 4096 });
  t.same(readMark(folder), { commits: 1, bytes: 4096 });
  writer.write({ commits: 123_456, bytes: 8_192_000 });
  t.same(readMark(folder), { commits: 123_456, bytes: 8_192_000 });
  const { size } = statSync(join(folder, "mark"));
  writer.close();
  const again = new MarkWriter(folder);
  again.write({ commits: 2, bytes: 4096 });
  again.close();
  t.same(readMark(folder), { commits: 2, bytes: 4096 }, "shorter text leaves no rest of the longer one");
  t.equal(statSync(join(folder, "mark")).size, size, "it is overwritten in place and never grows");
});
