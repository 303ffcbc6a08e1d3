/** The commands that look: at what a cluster does now, and at what it did. */

import { type Command, Option } from "commander";
import type { TopFlags } from "./commands/top.js";
import { count, examples, type Finish, positive, remote } from "./options.js";

/** Adds them all. */
export function addLooking(program: Command, finish: Finish): void {
  addTop(program, finish);
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
