/** A cluster in a test, in one line: made, empty, in a folder of its own, and gone with the block. */

import { strictEqual } from "node:assert";
import { describe, it } from "node:test";
import { open } from "../../runtime/client.js";

describe("a transfer", () => {
  it("moves all of it", async () => {
    await using db = await open({ temporary: true });
    await db.transact([
      { op: "put", key: "a", value: 7 },
      { op: "put", key: "b", value: 0 },
    ]);
    const transfer = [
      { op: "add", key: "a", delta: -3 },
      { op: "add", key: "b", delta: 3 },
    ] as const;
    strictEqual((await db.transact(transfer)).outcome, "committed");
    strictEqual((await db.get("b")).value, 3);
  });
});
