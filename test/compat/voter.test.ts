/** How a process votes, and where its peers may be. */

import t from "tap";
import type { Consider } from "../../actors/message.js";
import type { Operation } from "../../actors/transaction.js";
import { checkHosts } from "../../cli/compat/hosts.js";
import { adding, deleting, songKey } from "../../cli/compat/playlist.js";
import { Voter } from "../../cli/compat/voter.js";

function asked(operation: Operation): Consider {
  return {
    kind: "consider",
    txn: "t",
    attempt: 7,
    coordinator: "n1",
    operations: [operation],
    checks: [],
    deadlineMs: 1,
  };
}

t.test("a URL may have so many bytes, whatever characters they are", async (t) => {
  const voter = new Voter(7);
  const votes = (url: string) => voter.judge(asked(adding("a song with a long name", url))).yes;
  for (const url of ["1234567", "", "äöü1", '""""""\\']) t.ok(votes(url), url);
  for (const url of ["12345678", "äöüß", "\u{1F600}\u{1F600}"]) t.notOk(votes(url), url);
  t.ok(voter.judge(asked(deleting("a song with a long name"))).yes);
});

t.test("a no is for what is asked next, and says why", async (t) => {
  const voter = new Voter(Number.POSITIVE_INFINITY);
  voter.vetoNext();
  voter.vetoNext();
  const no = voter.judge(asked(deleting("s")));
  t.same(no, { kind: "verdict", txn: "t", attempt: 7, yes: false, detail: "the master said so" });
  t.ok(voter.judge(asked(adding("s", "x".repeat(10_000)))).yes);
});

t.test("no song has a key of the engine's own", async (t) => {
  t.equal(songKey("\u0000members"), "song/\u0000members");
});

t.test("processes are on this machine, unless it is said that the risk is known", async (t) => {
  t.same(checkHosts(undefined, 2, false), ["127.0.0.1", "127.0.0.1"]);
  t.same(checkHosts(["127.0.0.2", "::1"], 2, false), ["127.0.0.2", "::1"]);
  const far = /192\.0\.2\.1 .*Three-phase commit .*decide differently.* --accept-unsafe-3pc$/;
  t.throws(() => checkHosts(["127.0.0.1", "192.0.2.1"], 2, false), { name: "Problem", message: far });
  t.same(checkHosts(["127.0.0.1", "192.0.2.1"], 2, true), ["127.0.0.1", "192.0.2.1"]);
  t.throws(() => checkHosts(["127.0.0.1"], 2, true), { message: "--hosts names 1 addresses for 2 processes" });
  t.throws(() => checkHosts(["127.1", "localhost"], 2, true), { message: '--hosts: "127.1" is no IP address' });
});
