/** The commands that show how it works: what nodes said and wrote. */

import { type Command, Option } from "commander";
import type { LabFlags } from "./commands/lab.js";
import type { TraceFlags } from "./commands/trace.js";
import { count, examples, type Finish, notNegative, output, remote } from "./options.js";

/** Adds them all. */
export function addSeeing(program: Command, finish: Finish): void {
  addTrace(program, finish);
  addLab(program, finish);
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
