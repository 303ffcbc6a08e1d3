/** The line protocol of the course project: commands, answers, framings, and the bytes between. */

import { connect, createServer, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import t, { type Test } from "tap";
import { type Command, parseCommand } from "../../cli/compat/command.js";
import { Front } from "../../cli/compat/front.js";
import { encodeAnswer, type Framing, LINE_LIMIT_BYTES, type Line, LineReader } from "../../cli/compat/lines.js";
import { MasterPort } from "../../cli/compat/master-port.js";
import { until } from "../../cli/torture/polling.js";
import { freePorts } from "../contract/ports.js";
import { Recorder } from "./recorder.js";

t.test("every command of the project is understood", async (t) => {
  const understood: Record<string, Command> = {
    "add song http://x/?a=1&b=2": { kind: "add", song: "song", url: "http://x/?a=1&b=2" },
    "  add\tsong   url  ": { kind: "add", song: "song", url: "url" },
    "delete song": { kind: "delete", song: "song" },
    "get __proto__": { kind: "get", song: "__proto__" },
    crash: { kind: "crash" },
    "vote NO": { kind: "vote-no" },
    crashBeforeVote: { kind: "arm", flag: { at: "before-vote" } },
    crashAfterVote: { kind: "arm", flag: { at: "after-vote" } },
    crashAfterAck: { kind: "arm", flag: { at: "after-precommit-ack" } },
    crashVoteREQ: { kind: "arm", flag: { at: "partial-vote-request", targets: [] } },
    "crashVoteREQ 0 2": { kind: "arm", flag: { at: "partial-vote-request", targets: [0, 2] } },
    "crashPartialPreCommit 2 1 2": { kind: "arm", flag: { at: "partial-precommit", targets: [2, 1] } },
    "crashPartialCommit 1": { kind: "arm", flag: { at: "partial-decision", targets: [1] } },
  };
  for (const [line, command] of Object.entries(understood)) t.same(parseCommand(line, 3), command, line);
});

t.test("a line that is no command says why, in one line", async (t) => {
  const lines: Record<string, string> = {
    "add song": "it is: add SONG URL",
    "add song url more": "it is: add SONG URL",
    add: "it is: add SONG URL",
    "delete a b": "it is: delete SONG",
    get: "it is: get SONG",
    "crash now": "it is: crash",
    "vote YES": "it is: vote NO",
    "vote no": "it is: vote NO",
    "crashAfterVote 1": "it is: crashAfterVote",
    "crashVoteREQ 3": "3 is no process: ids are 0 to 2",
    "crashPartialCommit 1 -1": "-1 is no process: ids are 0 to 2",
    "crashPartialPreCommit 1,2": "1,2 is no process: ids are 0 to 2",
    "crashPartialPreCommit 99999999999999999999": "99999999999999999999 is no process: ids are 0 to 2",
    "ADD song url": "unknown command ADD",
    toString: "unknown command toString",
    constructor: "unknown command constructor",
    "0 add song url": "unknown command 0",
    [`get ${"x".repeat(1025)}`]: "a song of 1025 bytes; the limit is 1024",
    ["x".repeat(100)]: `unknown command ${"x".repeat(40)}...`,
  };
  for (const [line, why] of Object.entries(lines)) {
    t.match(parseCommand(line, 3), { kind: "malformed", word: line.split(" ")[0], why }, line.slice(0, 60));
  }
});

t.test("lines are cut anywhere, come several at once, and are bounded", async (t) => {
  const whole = Buffer.from("add s ü\nget s\r\n\nget \u{1F600}\n");
  const texts = ["add s ü", "get s", "", "get \u{1F600}"].map((text) => ({ text }));
  for (let size = 1; size <= whole.length; size += 1) {
    const reader = new LineReader();
    const lines: Line[] = [];
    for (let start = 0; start < whole.length; start += size) {
      lines.push(...reader.push(Buffer.from(whole.subarray(start, start + size))));
    }
    t.same(lines, texts, `in pieces of ${size}`);
  }
  const reader = new LineReader();
  t.same([...reader.push(Buffer.from("x".repeat(LINE_LIMIT_BYTES)))], []);
  t.same([...reader.push(Buffer.from("\n"))], [{ text: "x".repeat(LINE_LIMIT_BYTES) }], "the longest line");
  for (let chunk = 0; chunk < 40; chunk += 1) t.same([...reader.push(Buffer.alloc(LINE_LIMIT_BYTES, "x"))], []);
  const flaw = `a line of ${40 * LINE_LIMIT_BYTES} bytes; the limit is ${LINE_LIMIT_BYTES}`;
  t.same([...reader.push(Buffer.from("\nget s\n"))], [{ flaw }, { text: "get s" }], "the next line is heard");
  const bytes = Buffer.from([0x67, 0xff, 0x0a]);
  t.same([...reader.push(bytes)], [{ flaw: "a line that is no UTF-8" }]);
});

t.test("answers in both framings", async (t) => {
  const text = (framing: Framing) => (answer: Parameters<typeof encodeAnswer>[0]) =>
    encodeAnswer(answer, framing).toString();
  const answers: Parameters<typeof encodeAnswer>[0][] = [
    { kind: "coordinator", id: 3 },
    { kind: "resp", url: "ü" },
    { kind: "resp", url: undefined },
    { kind: "ack", outcome: "commit" },
    { kind: "ack", outcome: "abort" },
    { kind: "error", why: "two\nlines" },
  ];
  t.same(
    answers.map(text("line")).join(""),
    "coordinator 3\nresp ü\nresp NONE\nack commit\nack abort\nerror two lines\n",
  );
  t.same(
    answers.map(text("length")).join(""),
    "13-coordinator 37-resp ü9-resp NONE10-ack commit9-ack abort15-error two lines",
  );
});

/** A master's port with a recorder behind it. */
async function served(t: Test, leads: number | undefined, framing: Framing = "line") {
  const [number = 0] = await freePorts(1);
  const recorder = new Recorder(leads);
  const complaints: string[] = [];
  const port = new MasterPort(framing);
  await port.listen(number);
  t.teardown(() => port.close());
  recorder.onLead(() => port.announce({ kind: "coordinator", id: 0 }));
  const die = () => recorder.asked.push("crash");
  const front = new Front({ id: 0, n: 3, player: recorder, die, complain: (why) => complaints.push(why) });
  return { number, recorder, complaints, port, front };
}

async function master(t: Test, number: number): Promise<{ socket: Socket; said: () => string }> {
  let said = "";
  const socket = connect(number, "127.0.0.1");
  socket.on("data", (chunk) => {
    said += chunk;
  });
  t.teardown(() => socket.destroy());
  await new Promise((resolve, reject) => socket.once("connect", resolve).once("error", reject));
  return { socket, said: () => said };
}

t.test("a coordinator does what the master says, and what is wrong changes nothing", async (t) => {
  const { number, recorder, complaints, port, front } = await served(t, 0);
  port.serve(front);
  const { socket, said } = await master(t, number);
  socket.write("get s\nadd s u1\nget s\nvote NO\nadd s u2\n");
  await until("it is answered", () => said().endsWith("ack abort\n"));
  socket.write("add s\nget\nnonsense\ncrashVoteREQ 7\ncrashVoteREQ 1\ncrashAfterAck\n\nget s\ncrash\n");
  await until("all is heard", () => recorder.asked.at(-1) === "crash");
  await until("it is answered", () => said().endsWith("resp u1\n"));
  t.same(recorder.asked, [
    ...["get s", "add s u1", "get s", "vote no", "add s u2"],
    ...["arm partial-vote-request [1]", "arm after-precommit-ack", "get s", "crash"],
  ]);
  const errors = [
    ...["error it is: add SONG URL", "ack abort", "error it is: get SONG", "resp NONE"],
    ...["error unknown command nonsense", "error 7 is no process: ids are 0 to 2"],
  ];
  t.same(said().split("\n").slice(-8, -2), errors, "an answer is owed to some lines, however wrong");
  t.equal(complaints.length, 4);
});

t.test("another process says who leads, and becomes coordinator when it is time", async (t) => {
  const { number, recorder, port, front } = await served(t, 2);
  port.serve(front);
  const { socket, said } = await master(t, number);
  socket.write("add s u\ndelete s\ncrashPartialCommit 1\nget s\n");
  await until("it is answered", () => said().endsWith("resp NONE\n"));
  const why = "error process 0 is not the coordinator: process 2 leads\n";
  t.equal(said(), `${why}ack abort\n${why}ack abort\n${why}resp NONE\n`);
  t.same(recorder.asked, ["get s"]);
  recorder.leads = undefined;
  socket.write("add s u\n");
  await until("it is answered", () => said().includes("nobody leads yet\nack abort\n"));
  recorder.lead(0);
  await until("it is announced", () => said().endsWith("coordinator 0\n"));
});

t.test("who connects before the process is ready, or late, misses nothing", async (t) => {
  const { number, recorder, port, front } = await served(t, 0, "length");
  const early = await master(t, number);
  early.socket.write("add s u\nget s\n");
  await sleep(50);
  t.same(recorder.asked, [], "nothing is done before the process is ready");
  port.serve(front);
  await until("it is answered", () => early.said().length > 30);
  t.same(early.said(), "13-coordinator 06-resp u10-ack commit");
  const late = await master(t, number);
  await until("the late one knows who leads", () => late.said() === "13-coordinator 0");
  early.socket.destroy();
  await sleep(20);
  recorder.lead(0);
  await until("it is told again", () => late.said() === "13-coordinator 013-coordinator 0");
});

t.test("a change that is held keeps nobody from reading", async (t) => {
  const { number, recorder, port, front } = await served(t, 0);
  port.serve(front);
  recorder.isHolding = true;
  const { socket, said } = await master(t, number);
  socket.write("add s u\nget s\n");
  await until("the read is answered", () => said() === "coordinator 0\nresp NONE\n");
  for (const release of recorder.held) release();
  await until("then the change", () => said() === "coordinator 0\nresp NONE\nack commit\n");
  socket.destroy();
  await sleep(20);
  recorder.isHolding = false;
  const again = await master(t, number);
  again.socket.write("get s\n");
  await until("a master that left changes nothing", () => again.said().endsWith("resp u\n"));
});

t.test("a port in use is a mistake that can be read", async (t) => {
  const [number = 0] = await freePorts(1);
  const taken = createServer().listen(number, "127.0.0.1");
  t.teardown(() => taken.close());
  await until("it is taken", () => taken.listening);
  const why = `port ${number} for the master is in use; take another one`;
  await t.rejects(new MasterPort("line").listen(number), { name: "Problem", message: why });
});
