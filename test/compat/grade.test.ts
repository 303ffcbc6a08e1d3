/** The driver of `npm run grade`: it plays the published format, and nothing that is wrong passes. */

import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import t, { type Test } from "tap";
import type { Framing } from "../../cli/compat/lines.js";
import { PATIENCE_MS } from "../../cli/torture/polling.js";
import { freePorts } from "../contract/ports.js";
import { temporaryFolder } from "../storage/folder.js";
import { AnswerReader } from "./answers.js";
import { grade, type Verdict } from "./grading.js";
import { parseScript, readScripts } from "./script.js";

const ROOT = new URL("../../../test/compat/", import.meta.url);
const LONELY = fileURLToPath(new URL("./lonely.js", import.meta.url));

/** A folder with a `process` that runs `command`, and a `stopall` that says it ran. */
function scripts(t: Test, command: string): string {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, "process"), `#!/bin/sh\n${command}\n`);
  writeFileSync(join(folder, "stopall"), `#!/bin/sh\ntouch ${join(folder, "stopped")}\n`);
  for (const name of ["process", "stopall"]) chmodSync(join(folder, name), 0o755);
  return folder;
}

type Special = { command?: string; startMs?: number; patienceMs?: number; framing?: Framing };

/** Plays one script, in which PORT is a free port. */
async function play(t: Test, text: string, expected: string, more: Special = {}): Promise<Verdict | undefined> {
  const { command = `exec ${process.execPath} ${LONELY} "$@"`, framing = "line" } = more;
  const [port = 0] = await freePorts(1);
  const steps = parseScript(text.replaceAll("PORT", String(port)), "script");
  const folder = scripts(t, command);
  const judged: Verdict[] = [];
  const [verdict] = await grade([{ name: "it", steps, expected, framing, vetoLonger: false }], {
    scripts: folder,
    pauseMs: 20,
    startMs: more.startMs ?? PATIENCE_MS,
    patienceMs: more.patienceMs ?? 2000,
    lanes: 1,
    judged: (each) => judged.push(each),
  });
  t.ok(readFileSync(join(folder, "stopped")), "it was told to stop");
  t.same(judged, [verdict]);
  return verdict;
}

for (const framing of ["line", "length"] as const) {
  t.test(`a script that prints what is expected passes, framing ${framing}`, async (t) => {
    const text =
      "0 start 2 PORT\n0 get s\n-1 add s ü-1\n-1 get s\n-1 vote NO\n-1 delete s\n0 get s\n0 crash\nexit\n0 nonsense\n";
    t.match(await play(t, text, "NONE\nü-1\nü-1\n", { framing, patienceMs: PATIENCE_MS }), { passed: true, why: "" });
  });
}

t.test("what is wrong does not pass, and it is said where", async (t) => {
  const text = "0 start 2 PORT\n0 add s u\n0 get s\n";
  const lonely = `exec ${process.execPath} ${LONELY} "$@"`;
  const wrong: [why: string, text: string, expected: string, more?: Special][] = [
    ["output line 1: expected x, printed u", text, "x\n"],
    ["output line 2: expected u, printed nothing more", text, "u\nu\n"],
    ["output line 1: expected nothing more, printed u", text, ""],
    [
      "line 5: waited 2000 ms in vain until somebody alive says that it is coordinator",
      `${text}0 crash\n-1 get s`,
      "u\n",
    ],
    ["line 4: process 1 was never started", `${text}1 get s\n`, "u\n"],
    ["line 1: connect ECONNREFUSED", text, "u\n", { command: "exec sleep 5", startMs: 100 }],
    [
      "line 3: waited 2000 ms in vain until the command before is answered",
      text,
      "u\n",
      { command: `LONELY_HOLDS=1 ${lonely}` },
    ],
    [
      "output line 2: expected nothing more, printed ['error', 'it', 'is:', 'add', 'SONG', 'URL']",
      `${text}0 add t\n`,
      "u\n",
    ],
    [
      "line 3: waited 2000 ms in vain until the command before is answered",
      text,
      "u\n",
      { framing: "length", command: `AYES_COMPAT_FRAMING=line ${lonely}` },
    ],
  ];
  for (const [why, ...played] of wrong) {
    const verdict = await play(t, ...played);
    t.equal(verdict?.passed, false, why);
    t.equal(verdict?.why.slice(0, why.length), why);
  }
});

t.test("a script that the published master would not play is refused", async (t) => {
  const wrong = [
    "x get s",
    "-1 start 3 10002",
    "0 start 3",
    "0 start 3 port",
    "0 delte s",
    "-2 get s",
    "0 start 3 1 2",
  ];
  for (const line of wrong) {
    t.throws(() => parseScript(`0 start 3 10002\n${line}\n`, "file"), { message: /^file:2: / }, line);
  }
});

t.test("answers are cut anywhere in both framings", async (t) => {
  const streams = { line: "coordinator 1\nresp ü-1\nack commit\n", length: "13-coordinator 19-resp ü-110-ack commit" };
  for (const framing of ["line", "length"] as const) {
    const whole = Buffer.from(streams[framing]);
    for (let size = 1; size <= whole.length; size += 1) {
      const reader = new AnswerReader(framing);
      const answers: string[] = [];
      for (let start = 0; start < whole.length; start += size) {
        answers.push(...reader.push(whole.subarray(start, start + size)));
      }
      t.same(answers, ["coordinator 1", "resp ü-1", "ack commit"], `${framing}, in pieces of ${size}`);
    }
  }
  t.throws(() => [...new AnswerReader("length").push(Buffer.from("ack commit\n1-"))], { message: /no length/ });
});

t.test("every script of ours is complete: who is spoken to was started, each get has its line", async (t) => {
  for (const folder of ["scripts", "veto-longer"]) {
    for (const { name, steps, expected } of readScripts(fileURLToPath(new URL(folder, ROOT)))) {
      const started = new Set([-1]);
      for (const step of steps) {
        if (step.kind === "start") started.add(step.id);
        t.ok(started.has(step.id), `${name}: ${step.id} was started`);
      }
      const answers = expected.split("\n").filter((line) => line !== "" && !line.startsWith("['error'"));
      const gets = steps.filter((step) => step.kind === "send" && step.word === "get");
      t.equal(answers.length, gets.length, `${name}: a line for each get`);
      const ports = steps.flatMap((step) => (step.kind === "start" ? [step.port] : []));
      t.equal(new Set(ports).size, ports.length, `${name}: each start has a port of its own`);
    }
  }
});
