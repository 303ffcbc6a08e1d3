/** Files that change while a transaction function reads them. */

import t from "tap";
import { open } from "../../runtime/client.js";

t.test("a file that is deleted after it was seen: the function runs again", async (t) => {
  const cluster = await open({ temporary: true, replicas: 2 });
  t.teardown(() => cluster.close());
  await cluster.files.write("a", "one");
  let attempts = 0;
  const result = await cluster.transaction(async ({ files }) => {
    attempts += 1;
    const isThere = await files.exists("a");
    if (attempts === 1) await cluster.files.delete("a");
    return isThere ? (await files.read("a")).text() : "gone";
  });
  t.match(result, { outcome: "committed", value: "gone", attempts: 2 });
});
