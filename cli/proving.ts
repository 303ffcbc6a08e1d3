/** The commands that prove: they put the engine to the test and say what they found. */

import { type Command, Option } from "commander";
import type { SimulateFlags } from "./commands/simulate.js";
import { count, examples, type Finish, output, seed } from "./options.js";

/** Adds them all. */
export function addProving(program: Command, finish: Finish): void {
  addSimulate(program, finish);
}

function addSimulate(program: Command, finish: Finish): void {
  output(program.command("simulate"))
    .summary("run many simulated clusters with faults, and judge them")
    .description(
      "Runs the shipped engine on simulated time, network and disks, with faults drawn from a seed: first faulty, then healed.",
    )
    .addOption(new Option("--seeds <n>", "how many runs (default: 1000)").argParser(count))
    .addOption(new Option("--from <seed>", "the first seed (default: 1)").argParser(seed))
    .addOption(new Option("--seed <seed>", "this run only").argParser(seed))
    .option("--trace", "with --seed: show the conversation")
    .option("--minimize", "with --seed: leave out what the violation does not need")
    .addOption(new Option("--protocol <name>", "commit protocol").choices(["2pc"]))
    .addHelpText(
      "after",
      examples(["ayes simulate --seeds 10000", "ayes simulate --seed 42 --trace", "ayes simulate --json --from 5000"]),
    )
    .action(async (_own: SimulateFlags, command: Command) => {
      const { simulate } = await import("./commands/simulate.js");
      finish(await simulate(command.optsWithGlobals()));
    });
}
