/** The commands that look: at what a cluster does now, at what it did, and at what one does that is made to be looked at. */

import { type Command, Option } from "commander";
import type { DebugFlags } from "./commands/debug.js";
import type { LabFlags } from "./commands/lab.js";
import type { RecordFlags } from "./commands/record.js";
import type { ReplayFlags } from "./commands/replay.js";
import type { TopFlags } from "./commands/top.js";
import type { TraceFlags } from "./commands/trace.js";
import { count, examples, type Finish, none, notNegative, output, port, positive, remote } from "./options.js";

/** Adds them all. */
export function addLooking(program: Command, finish: Finish): void {
  addTop(program, finish);
  addTrace(program, finish);
  addRecord(program, finish);
  addReplay(program, finish);
  addDebug(program, finish);
  addLab(program, finish);
}

function addTop(program: Command, finish: Finish): void {
  remote(program.command("top"))
    .summary("what a cluster does, second by second")
    .description(
      "Nodes, transactions a second, how long they take, why they abort, what they cost, and who is in doubt, until " +
        "Ctrl-C. On a terminal in place; otherwise a header and a line of tab-separated fields each time.",
    )
    .argument("[url]", "where the cluster is")
    .addOption(new Option("--interval <s>", "seconds between two looks").argParser(positive).default(1))
    .addOption(new Option("--count <n>", "end after so many (default: never)").argParser(count))
    .addHelpText("after", examples(["ayes top", "ayes top --interval 5", "ayes top --json --count 1 | jq .p99"]))
    .action(async (url: string | undefined, _own: TopFlags, command: Command) => {
      const { top } = await import("./commands/top.js");
      finish(await top(url, command.optsWithGlobals()));
    });
}

function addTrace(program: Command, finish: Finish): void {
  remote(program.command("trace"))
    .summary("draw how a transaction came about, or list the latest ones")
    .description(
      "A column for each node, a line for each message, record and crash, and the cost beside the theory's. The latest " +
        "5,000 transactions are kept with all their messages, as long as there are few at a time; of older ones the logs " +
        "tell what they prove.",
    )
    .argument("[id]", "the transaction; without it, the latest ones")
    .option("--svg <file>", "draw it in a file")
    .addOption(new Option("--limit <n>", "of a list: how many (default: 100)").argParser(count))
    .option("--id <part>", "of a list: those with this in their id")
    .option("--key <part>", "of a list: those with this in the name of a key or file")
    .option("--node <node>", "of a list: those in which this node took part")
    .addOption(new Option("--outcome <outcome>", "of a list").choices(["committed", "aborted", "undecided"]))
    .option("--reason <part>", "of a list: those that were aborted for this")
    .addOption(new Option("--older-than <seconds>", "of a list: those that began so long ago").argParser(notNegative))
    .addHelpText(
      "after",
      examples([
        "ayes trace",
        "ayes trace --outcome aborted --reason conflict",
        "ayes trace 01JDXK7C9P3QZ5T0V8W4Y6A2BE",
        "ayes trace 01JDXK7C9P3QZ5T0V8W4Y6A2BE --svg order.svg",
      ]),
    )
    .action(async (txn: string | undefined, _own: TraceFlags, command: Command) => {
      const { trace } = await import("./commands/trace.js");
      finish(await trace(txn, command.optsWithGlobals()));
    });
}

function addRecord(program: Command, finish: Finish): void {
  remote(program.command("record"))
    .summary("all that a running cluster does from now on, in a file")
    .description(
      "Every turn of every node, and from what each went on, until Ctrl-C. The file holds all keys and values; it is for " +
        "`ayes replay` and `ayes debug`. What is recorded from the start: `ayes up --record FILE`.",
    )
    .argument("<file>", "a file that does not exist yet")
    .argument("[url]", "where the cluster is")
    .addOption(new Option("--seconds <s>", "end after so long").argParser(positive))
    .addHelpText(
      "after",
      examples(["ayes record run.ayes", "ayes record run.ayes --seconds 10 && ayes replay run.ayes"]),
    )
    .action(async (file: string, url: string | undefined, _own: RecordFlags, command: Command) => {
      const { record } = await import("./commands/record.js");
      finish(await record(file, url, command.optsWithGlobals()));
    });
}

function addReplay(program: Command, finish: Finish): void {
  output(program.command("replay"))
    .summary("run a recording again, and see whether all comes to the same")
    .description(
      "Feeds each node what it was fed then, turn by turn, and compares what it records, writes and sends. Needs no cluster.",
    )
    .argument("<file>", "what `ayes record` or `ayes up --record` wrote")
    .addHelpText(
      "after",
      `${examples(["ayes replay run.ayes", "ayes replay run.ayes --json | tail -1"])}
Exit code
  0 all as recorded   1 something differs: the first of it   2 bad usage, or no recording
`,
    )
    .action(async (file: string, _own: ReplayFlags, command: Command) => {
      const { replay } = await import("./commands/replay.js");
      finish(await replay(file, command.optsWithGlobals()));
    });
}

function addDebug(program: Command, finish: Finish): void {
  output(program.command("debug"))
    .summary("what the logs of a stopped or crashed cluster prove, and how it was before")
    .description(
      "How each node ended, what is in doubt and what every log proves of it, and each key after each commit. Of a " +
        "recording: after each turn. Changes nothing; a folder must not be in use.",
    )
    .argument("<folder or file>", "a data folder, or what `ayes record` wrote")
    .addOption(new Option("--at <position>", "keys as they were after the change at this position").argParser(none))
    .addOption(new Option("--step <n>", "the same, after so many commits or turns").argParser(none))
    .option("--key <prefix>", "only keys that begin so")
    .option("--replica <node>", "of a recording: whose keys")
    .option("--transactions", "list them, newest first")
    .addOption(new Option("--outcome <name>", "list those").choices(["committed", "aborted", "undecided"]))
    .option("--trace <id>", "what the logs prove of one transaction")
    .addOption(
      new Option("--port <port>", "serve the dashboard on it, with a slider; 0 takes a free one").argParser(port),
    )
    .addOption(new Option("--limit <n>", "how many keys or transactions").argParser(count).default(100))
    .addHelpText(
      "after",
      `${examples([
        "ayes debug ./ayes-data",
        "ayes debug ./ayes-data --transactions --outcome undecided",
        "ayes debug ./ayes-data --at 17 --key accounts/",
        "ayes debug run.ayes --step 250",
        "ayes debug ./ayes-data --port 0",
      ])}
Exit code
  0 all could be read   1 a store is damaged: the rest is shown   2 bad usage, or the folder is in use   3 nothing there
`,
    )
    .action(async (place: string, _own: DebugFlags, command: Command) => {
      const { debug } = await import("./commands/debug.js");
      finish(await debug(place, command.optsWithGlobals()));
    });
}

function addLab(program: Command, finish: Finish): void {
  output(program.command("lab"))
    .summary("guided tours: what blocks, what does not, and why, on a cluster that dies before your eyes")
    .description(
      "Each runs on a cluster of its own in a temporary folder, says what it does, shows what nodes said to each other, and " +
        "checks what it claims. The dashboard runs the same ones step by step.",
    )
    .argument("[lab]", "which; without it, a list")
    .addOption(new Option("--hosts <kind>", "a thread or a process for each node").choices(["threads", "processes"]))
    .addHelpText(
      "after",
      `${examples(["ayes lab", "ayes lab blocking", "ayes lab total-failure --hosts processes"])}
Exit code
  0 all that it claims holds   1 something does not   2 there is no such lab
`,
    )
    .action(async (name: string | undefined, _own: LabFlags, command: Command) => {
      const { lab } = await import("./commands/lab.js");
      finish(await lab(name, command.optsWithGlobals()));
    });
}
