/** The turn: persist, then send; and nothing at all after a failure or a crash. */

import t from "tap";
import type { Message } from "../../actors/message.js";
import type { Check } from "../../actors/transaction.js";
import { MemoryDisk } from "../../storage/memory-disk.js";
import { begin, decide, prepare, Stage, vote } from "./stage.js";

t.test("whatever is promised, decided, applied or given up is durable before anybody hears of it", async (t) => {
  const participant = new Stage("n1");
  t.same(participant.hear("c1", prepare("t1")), ["commit prepared", "send c1 vote"]);
  t.same(participant.hear("c1", decide("t1")), ["commit concluded+k", "send c1 ack"]);
  const inquire = { kind: "inquire", txn: "t2", attempt: 1, role: "participant" } as const;
  t.same(participant.hear("n2", inquire), ["commit concluded", "send n2 decide"], "given up when asked first");
  const coordinator = new Stage("c1");
  t.same(coordinator.hear("gateway", begin("t1")), ["send n1 prepare", "send n2 prepare"], "nothing is recorded yet");
  t.same(coordinator.hear("n1", vote("t1")), []);
  t.same(coordinator.hear("n2", vote("t1")), [
    "commit decided",
    "send n1 decide",
    "send n2 decide",
    "send gateway outcome",
  ]);
  const settle = { kind: "ask", request: 2, txn: "t9", protocol: "2pc", settle: true } as const;
  coordinator.hear("gateway", settle);
  coordinator.clock.advance(10);
  t.same(coordinator.story(), ["commit decided", "send gateway outcome"], "ruled out for good, then said");
});

t.test("one commit and one envelope for each target carry all of a turn", async (t) => {
  const participant = new Stage("n1");
  const told = participant.hear("c1", prepare("t1", "a"), prepare("t2", "b"), prepare("t3", "c"));
  t.same(told, ["commit prepared+prepared+prepared", "send c1 vote+vote+vote"]);
  t.same(participant.hear("c1", decide("t1"), decide("t2", "aborted"), prepare("t4", "d")), [
    "commit concluded+concluded+prepared+a",
    "send c1 ack+vote",
  ]);
  const [first] = participant.sent;
  t.match(first, { source: "n1", target: "c1", epoch: participant.storage.epoch });
  participant.hear("c1", decide("t3"));
  t.equal(participant.sent[0]?.seq, (first?.seq ?? 0) + 1, "envelopes are numbered");
  t.same(participant.loop.counts.flushes, 3);
  t.same(participant.loop.counts.forcedWrites, 6);
});

t.test("what the protocol does not force waits for the next commit, and an abort is told only with it", async (t) => {
  const coordinator = new Stage("c1");
  coordinator.hear("gateway", begin("t1"));
  t.same(coordinator.hear("n1", vote("t1", "no")), [], "the client is not told before the record is on disk");
  coordinator.clock.advance(5);
  t.same(coordinator.story(), ["commit decided", "send gateway outcome"]);
  coordinator.hear("gateway", begin("t2"), begin("t3", "other"));
  coordinator.hear("n1", vote("t2", "no"), vote("t3"));
  t.same(coordinator.hear("n2", vote("t3")), [
    "commit decided+decided",
    "send gateway outcome+outcome",
    "send n1 decide",
    "send n2 decide",
  ]);
  coordinator.clock.advance(100);
  t.same(coordinator.story().length, 4, "nothing is left to do");
});

t.test("a turn with nothing durable does not flush", async (t) => {
  const participant = new Stage("n1");
  const read: Message = { kind: "read", request: 1, keys: ["k"], consistency: "linearizable", deadlineMs: 100 };
  t.same(participant.hear("gateway", read), ["send gateway values"]);
  const checks: Check[] = [{ key: "k", is: "absent" }];
  const prepare: Message = {
    kind: "prepare",
    protocol: "2pc",
    txn: "t1",
    attempt: 1,
    participants: [],
    operations: [],
    checks,
    deadlineMs: 1000,
  };
  t.same(participant.hear("c1", prepare), ["send c1 vote"]);
  t.equal(participant.loop.counts.flushes, 0);
});

t.test("no message leaves a turn whose commit failed, and no turn follows it", async (t) => {
  const participant = new Stage("n1");
  participant.hear("c1", prepare("t1", "a"));
  participant.storage.broken = true;
  t.same(participant.hear("c1", prepare("t2", "b"), decide("t1")), ["fail storage-failed"]);
  participant.storage.broken = false;
  t.same(participant.hear("c1", prepare("t3", "c")), [], "also when the disk works again");
  participant.clock.advance(10_000);
  participant.loop.halt(true);
  t.same(participant.story(), [], "nor at its end");
  t.equal(participant.storage.get("a"), undefined);
  const coordinator = new Stage("c1");
  coordinator.hear("gateway", begin("t1"));
  coordinator.hear("n1", vote("t1"));
  coordinator.storage.broken = true;
  t.same(coordinator.hear("n2", vote("t1")), ["fail storage-failed"], "no decision is told");
});

t.test("a failed flush of an abort tells nobody either", async (t) => {
  const coordinator = new Stage("c1");
  coordinator.hear("gateway", begin("t1"));
  coordinator.hear("n1", vote("t1", "no"));
  coordinator.storage.broken = true;
  coordinator.clock.advance(5);
  t.same(coordinator.story(), ["fail storage-failed"]);
});

t.test("a broken assumption of the core stops the node before it sends", async (t) => {
  const participant = new Stage("n1");
  t.same(participant.hear("c1", prepare("t1"), decide("unknown")), ["fail assertion"]);
  t.same(participant.hear("c1", prepare("t2")), []);
});

t.test("a crash falls exactly at its moment", async (t) => {
  const vote1 = ["commit prepared", "send c1 vote"];
  const at = (point: "before-vote" | "after-vote" | "before-ack" | "after-ack") => {
    const disk = new MemoryDisk();
    const node = new Stage("n1", disk);
    node.faults.arm({ at: point });
    const first = node.hear("c1", prepare("t1"));
    const second = node.hear("c1", decide("t1"));
    return { story: [...first, ...second], log: [...node.storage.replay()].length };
  };
  t.same(at("before-vote"), { story: ["crash before-commit"], log: 0 });
  t.same(at("after-vote"), { story: [...vote1, "crash after-release"], log: 1 });
  t.same(at("before-ack"), { story: [...vote1, "crash before-commit"], log: 1 });
  t.same(at("after-ack").story, [...vote1, "commit concluded+k", "send c1 ack", "crash after-release"]);
});

t.test("a crash at the decision tells nobody, or exactly the targets", async (t) => {
  const at = (point: "before-decision" | "after-decision" | "partial-decision", targets: string[] = []) => {
    const node = new Stage("c1");
    node.faults.arm({ at: point, targets });
    node.hear("gateway", begin("t1"));
    node.hear("n1", vote("t1"));
    return node.hear("n2", vote("t1"));
  };
  t.same(at("before-decision"), ["crash before-commit"]);
  t.same(at("after-decision"), ["commit decided", "crash before-release"]);
  t.same(at("partial-decision"), ["commit decided", "crash partial-release"]);
  t.same(at("partial-decision", ["n2"]), ["commit decided", "send n2 decide", "crash partial-release"]);
});

t.test("a restarted coordinator tells its decision again, and a restarted participant asks", async (t) => {
  const disk = new MemoryDisk();
  const first = new Stage("c1", disk);
  first.faults.arm({ at: "after-decision" });
  first.hear("gateway", begin("t1"));
  first.hear("n1", vote("t1"));
  first.hear("n2", vote("t1"));
  const second = new Stage("c1", disk);
  second.clock.advance(600);
  t.same(second.story(), ["send n1 decide", "send n2 decide"]);
  const own = new MemoryDisk();
  new Stage("n1", own).hear("c1", prepare("t1"));
  const again = new Stage("n1", own);
  again.clock.advance(600);
  t.same(again.story(), ["send c1 inquire", "send n2 inquire"]);
  t.same(again.hear("c1", prepare("t2")), ["send c1 vote"], "its lock is held again: no, without a flush");
});

t.test("a mailbox that is too full for one turn is worked off in several", async (t) => {
  const participant = new Stage("n1");
  const reads = Array.from({ length: 1200 }, (_, request): Message => {
    return { kind: "read", request, keys: ["k"], consistency: "committed", deadlineMs: 100 };
  });
  participant.hear("gateway", ...reads);
  t.same(participant.deeds.length, 3, "turns of at most 512 events");
  t.equal(participant.loop.mailboxSize, 0);
});

t.test("stopping in order makes durable what was lazy; halting does not", async (t) => {
  for (const flush of [true, false]) {
    const participant = new Stage("n1");
    participant.hear("c1", prepare("t1"));
    t.same(participant.hear("c1", decide("t1", "aborted")), [], "an abort is not forced");
    participant.loop.halt(flush);
    t.same(participant.story(), flush ? ["commit concluded"] : []);
    t.same(participant.hear("c1", prepare("t2")), [], "and no turn begins any more");
  }
});

t.test("the journal has one line for each turn, with what came in, was recorded and sent", async (t) => {
  const participant = new Stage("n1");
  participant.hear("c1", prepare("t1"));
  t.equal(participant.lines.length, 1);
  t.match(participant.lines[0], {
    node: "n1",
    epoch: participant.storage.epoch,
    inputs: [{ kind: "message", source: "c1", body: { kind: "prepare", protocol: "2pc", txn: "t1" } }],
    records: [{ record: { kind: "prepared" }, forced: true }],
    messages: [{ target: "c1", body: { kind: "vote" } }],
    flushed: true,
  });
});
