/** The commands of `ayes compat`: fronts that speak somebody else's protocol. */

import { type Command, Option } from "commander";
import type { CompatFlags } from "../commands/compat.js";
import { count, examples, type Finish, none, port } from "../options.js";
import { FRAMINGS } from "./lines.js";

/** Where peers listen unless a test says otherwise. */
const PEER_PORTS = 20_000;

export function addCompat(program: Command, finish: Finish): void {
  const compat = program
    .command("compat")
    .summary("speak the protocol of another program")
    .description("Fronts behind which the engine can be driven, and graded, by programs that nobody here wrote.");
  const project = places(data(compat.command("cs5414")))
    .summary("a process of the CS 5414 / CS 380D three-phase commit project")
    .description(
      "Starts process ID of at most N of a replicated playlist under three-phase commit. It hears its master on " +
        "localhost at MASTERPORT and its peers on 20000 + ID. Its state survives a crash; `clean` removes it.",
    )
    .usage("<id> <n> <masterPort> [options]")
    .argument("<id>", "who this is, 0 to n - 1", none)
    .argument("<n>", "how many there may be at most", count)
    .argument("<masterPort>", "where the master finds it", port)
    .addOption(
      new Option("--framing <how>", "what ends or begins an answer")
        .choices(FRAMINGS)
        .default("line")
        .env("AYES_COMPAT_FRAMING"),
    )
    .addOption(
      new Option("--veto-longer", "vote NO when a URL is longer than id + 5 bytes").env("AYES_COMPAT_VETO_LONGER"),
    )
    .addHelpText(
      "after",
      examples(["ayes compat cs5414 0 3 10002", "ayes compat cs5414 1 3 10003 --framing length --veto-longer"]) +
        "\nThe options can be set as AYES_COMPAT_FRAMING, AYES_COMPAT_VETO_LONGER and AYES_COMPAT_DATA too.\n",
    )
    .action(async (id: number, n: number, masterPort: number, _own: CompatFlags, command: Command) => {
      const { compat } = await import("../commands/compat.js");
      finish(await compat(id, n, masterPort, command.optsWithGlobals()));
    });
  data(project.command("clean"))
    .summary("stop all processes of a folder and remove it")
    .addHelpText("after", examples(["ayes compat cs5414 clean"]))
    .action(async (own: CompatFlags) => {
      const { clean } = await import("../commands/compat.js");
      finish(clean({ ...project.opts<CompatFlags>(), ...own }));
    });
}

/** Where it finds its peers. */
function places(command: Command): Command {
  const list = (hosts: string) => hosts.split(",");
  return command
    .addOption(
      new Option("--hosts <list>", "addresses of the processes 0 to n - 1 (default: all 127.0.0.1)").argParser(list),
    )
    .option("--accept-unsafe-3pc", "let them be on several machines, where three-phase commit can split")
    .addOption(
      new Option("--peer-ports <port>", "peers listen on this plus their id")
        .argParser(port)
        .default(PEER_PORTS)
        .env("AYES_COMPAT_PEER_PORTS")
        .hideHelp(),
    );
}

function data(command: Command): Command {
  return command.addOption(
    new Option("--data <folder>", "where all processes keep their state (default: ./ayes-compat)").env(
      "AYES_COMPAT_DATA",
    ),
  );
}
