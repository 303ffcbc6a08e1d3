/** The commands that prove: they put the engine to the test and say what they found. */

import { type Command, Option } from "commander";
import type { CheckFlags } from "./commands/check.js";
import type { CompareFlags } from "./commands/compare-protocols.js";
import type { ExploreFlags } from "./commands/explore.js";
import type { Flags } from "./commands/scripts.js";
import type { SimulateFlags } from "./commands/simulate.js";
import type { TortureFlags } from "./commands/torture.js";
import { count, examples, type Finish, minutes, none, output, remote, seed } from "./options.js";

const MIXES = ["2pc", "3pc", "mixed"];

/** Adds them all. */
export function addProving(program: Command, finish: Finish): void {
  addSimulate(program, finish);
  addCheck(program, finish);
  addTorture(program, finish);
  addVerify(program, finish);
  addExplore(program, finish);
  addCompareProtocols(program, finish);
}

function addCompareProtocols(program: Command, finish: Finish): void {
  output(program.command("compare-protocols"))
    .summary("what each commit protocol costs, and what it does when its coordinator dies")
    .description(
      "Opens clusters of its own in temporary folders. Counts messages, forced writes and rounds of a commit beside the " +
        "theory, measures how long one takes, and kills the coordinator when all have voted and nobody was told anything.",
    )
    .addOption(new Option("--replicas <n>", "participants").argParser(count).default(3))
    .addOption(
      new Option("--transactions <n>", "how many are timed, one after the other").argParser(count).default(200),
    )
    .addOption(
      new Option("--hosts <kind>", "what is timed, and dies").choices(["threads", "processes"]).default("processes"),
    )
    .addHelpText(
      "after",
      `${examples(["ayes compare-protocols", "ayes compare-protocols --replicas 5 --hosts threads --json"])}
Exit code
  0 the counts are what the theory says   1 they are not   2 bad usage
`,
    )
    .action(async (_own: CompareFlags, command: Command) => {
      const { compareProtocols } = await import("./commands/compare-protocols.js");
      finish(await compareProtocols(command.optsWithGlobals()));
    });
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
    .addOption(new Option("--protocol <name>", "mixed: both on the same keys (default: each of them)").choices(MIXES))
    .addOption(new Option("--membership <who>", "who votes (default: all)").choices(["all", "up-set"]))
    .option("--partition", "nothing but partitions that each side takes for deaths: three-phase commit splits")
    .addHelpText(
      "after",
      examples(["ayes simulate --seeds 10000", "ayes simulate --seed 42 --trace", "ayes simulate --json --from 5000"]),
    )
    .action(async (_own: SimulateFlags, command: Command) => {
      const { simulate } = await import("./commands/simulate.js");
      finish(await simulate(command.optsWithGlobals()));
    });
}

function addTorture(program: Command, finish: Finish): void {
  output(program.command("torture"))
    .summary("hurt a cluster in every way, and check it")
    .description(
      "Opens a cluster of its own in a temporary folder, loads it, and meanwhile kills, stops and restarts its processes, " +
        "damages their links and fills a disk. Then everything is checked. Ctrl-C ends it early, with all checks.",
    )
    .addOption(new Option("--minutes <m>", "how long").argParser(minutes).default(10))
    .addOption(new Option("--seed <n>", "draws the faults; they are the same for the same seed").argParser(count))
    .addOption(new Option("--hosts <kind>", "where nodes live; only processes can be killed").choices(["processes"]))
    .addOption(new Option("--replicas <n>", "how many replicas").argParser(count).default(3))
    .addOption(new Option("--coordinators <n>", "how many coordinators").argParser(count).default(1))
    .addOption(new Option("--protocol <name>", "mixed: both on the same keys").choices(MIXES).default("2pc"))
    .addHelpText(
      "after",
      examples(["ayes torture", "ayes torture --minutes 60 --coordinators 2", "ayes torture --seed 42 --json"]) +
        "\nExit code\n  0 nothing was broken   1 a promise was broken: history, data and logs are kept\n",
    )
    .action(async (_own: TortureFlags, command: Command) => {
      const { torture } = await import("./commands/torture.js");
      finish(await torture(command.optsWithGlobals()));
    });
}

function addCheck(program: Command, finish: Finish): void {
  remote(program.command("check"))
    .summary("check a recorded history, or a key")
    .usage("FILE | KEY exists|absent|equals VALUE|version ID [options]")
    .description(ABOUT_CHECK)
    .argument("<words...>", "a history as JSON lines, - is the standard input; or a condition on a key")
    .addHelpText(
      "after",
      examples(["ayes bench --history run.jsonl", "ayes check run.jsonl", "ayes check a exists"]) + CODES,
    )
    .action(async ([word = "", ...rest]: string[], _own: CheckFlags, command: Command) => {
      if (rest.length > 0) {
        const { runWords } = await import("./commands/remote.js");
        return finish(await runWords(["check", word, ...rest], command.optsWithGlobals()));
      }
      const { check } = await import("./commands/check.js");
      finish(await check(word, command.optsWithGlobals()));
    });
}

const ABOUT_CHECK = `With one word: decides whether a recorded history of clients is strictly serializable, names what is wrong and shows the smallest part of it.

A line is {"process":0,"type":"invoke|ok|fail|info","f":"get|put|delete|txn","key":"x","value":1,"time":12}; the value of a txn is a list of steps ["r",KEY,VALUE], ["w",KEY,VALUE], ["append",KEY,VALUE] and ["scan",PREFIX,[[KEY,VALUE],...]]. Real time is the order of the lines. "fail" certainly did not happen; "info" may take effect at any later time, or never.

With several words: the statement of the prompt, on a running cluster.`;

const CODES = `
Exit code
  0 no anomaly   1 not strictly serializable   2 bad usage, or no history
`;

function addVerify(program: Command, finish: Finish): void {
  remote(program.command("verify"))
    .summary("check every row of every node, and compare the replicas")
    .description(
      "A folder must not be in use; a running cluster serves on meanwhile. Changes nothing; what to do is in the answer.",
    )
    .argument("[folder or url]", "a data folder, or where a cluster runs")
    .addHelpText(
      "after",
      `${examples(["ayes verify ./ayes-data", "ayes verify http://127.0.0.1:7411", "ayes verify --json"])}
Exit code
  0 all whole and equal   1 damage or a difference found   2 bad usage, or the folder is in use   3 nothing there
`,
    )
    .action(async (place: string | undefined, _own: Flags, command: Command) => {
      const { verify } = await import("./commands/verify.js");
      finish(await verify(place, command.optsWithGlobals()));
    });
}

function addExplore(program: Command, finish: Finish): void {
  output(program.command("explore"))
    .summary("visit every state that a small cluster can reach")
    .description(
      "Every order, loss and copy of messages, every crash and restart of the shipped core, the shortest way first. " +
        "Says which states block and why. In three-phase commit, what the exact failure detector says is explored too. " +
        "With --spec, a specification of Gray and Lamport instead.",
    )
    .addOption(new Option("--participants <n>", "2pc: how many replicas vote (default: 3)").argParser(count))
    .addOption(
      new Option("--processes <n>", "3pc: how many take part, the coordinator too (default: 3)").argParser(count),
    )
    .addOption(new Option("--crashes <n>", "crashes at most, all together (default: 2)").argParser(none))
    .addOption(new Option("--rounds <n>", "3pc: how often a total failure may be ended (default: 2)").argParser(none))
    .addOption(new Option("--transactions <n>", "2pc: transactions on the same key (default: 1)").argParser(count))
    .addOption(new Option("--protocol <name>", "commit protocol (default: 2pc)").choices(["2pc", "3pc"]))
    .addOption(new Option("--spec <name>", "a published specification").choices(["tcommit", "two-phase"]))
    .option("--partition", "3pc: the failure detector may be wrong, as under a partition")
    .option("--blocking", "show why states block, with the shortest conversation")
    .option("--keep <file>", "write the conversation of the violation, or else of what blocks")
    .addHelpText(
      "after",
      examples([
        "ayes explore --protocol 2pc --participants 3 --crashes 2",
        "ayes explore --protocol 3pc --processes 3 --crashes 3",
        "ayes explore --participants 2 --crashes 1 --blocking",
        "ayes explore --spec two-phase --participants 3 --json",
      ]),
    )
    .action(async (_own: ExploreFlags, command: Command) => {
      const { explore } = await import("./commands/explore.js");
      finish(explore(command.optsWithGlobals()));
    });
}
