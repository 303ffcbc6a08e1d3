/** All commands of the shell: their options and help, and which file runs each. Loads nothing heavy before it must. */

import { readFileSync } from "node:fs";
import { Command, Option } from "commander";
import type { BenchFlags } from "./commands/bench.js";
import type { LocalFlags } from "./commands/prompt.js";
import type { RunFlags } from "./commands/remote.js";
import type { Flags, ScriptFlags } from "./commands/scripts.js";
import type { StatusFlags } from "./commands/status.js";
import type { UpFlags } from "./commands/up.js";
import type { WatchFlags } from "./commands/watch.js";
import { addCompat } from "./compat/add.js";
import { addCp } from "./copying.js";
import { addFolder } from "./folder.js";
import { COMMAND_NAMES, type CommandName, describe } from "./language/grammar.js";
import { didYouMean } from "./language/nearest.js";
import { addLooking } from "./looking.js";
import {
  clients,
  clusterOptions,
  collect,
  count,
  EXIT_CODES,
  examples,
  type Finish,
  fraction,
  notNegative,
  port,
  positive,
  protocol,
  remote,
  script,
} from "./options.js";
import { addProving } from "./proving.js";

/** The program. `finish` gets the exit code of the command that ran. */
export function createProgram(finish: Finish): Command {
  const program = new Command("ayes")
    .description("Transactions that commit when every vote is an aye: a cluster, its prompt, and its commands.")
    .version(version(), "-V, --version", "show the version")
    .usage("[command] [options]")
    .helpOption("-h, --help", "show help")
    .helpCommand("help [command]", "show help for a command")
    .enablePositionalOptions()
    .showHelpAfterError("(ayes --help shows all commands and options)")
    .configureHelp({ subcommandTerm: (command) => command.name(), visibleArguments: () => [] })
    .exitOverride();
  addLocal(program, finish);
  addUp(program, finish);
  addRepl(program, finish);
  addScripts(program, finish);
  addStatus(program, finish);
  addWatch(program, finish);
  addCp(program, finish);
  addLooking(program, finish);
  addBench(program, finish);
  addFolder(program, finish);
  addProving(program, finish);
  addCompat(program, finish);
  for (const name of COMMAND_NAMES) if (describe(name).oneShot) addStatement(program, name, finish);
  addCompletion(program, finish);
  return program;
}

function version(): string {
  const file = new URL("../../package.json", import.meta.url);
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}

function addLocal(program: Command, finish: Finish): void {
  clusterOptions(program)
    .argument("[command...]", "a command; without one, the cluster in ./ayes-data and a prompt on it")
    .allowUnknownOption()
    .addOption(new Option("--port <port>", "HTTP port (default: 7411, or a free one)").argParser(port))
    .option("-e, --execute <statements>", "run statements instead of a prompt (repeatable)", collect)
    .option("-f, --file <file>", "run a file of statements instead of a prompt (repeatable)", collect)
    .addHelpText(
      "after",
      examples(["ayes", "ayes up --hosts processes --chaos", "ayes put a 1", "echo 'put a 1; get a' | ayes"]),
    )
    .action(async (words: string[], flags: LocalFlags) => {
      if (words[0] !== undefined) refuse(program, words[0]);
      const { openLocal } = await import("./commands/prompt.js");
      finish(await openLocal(flags));
    });
  script(program);
}

/** Whatever stands where a command should is none that we know, or an option that we do not know. */
function refuse(program: Command, word: string): never {
  const isOption = word.startsWith("-");
  const known = isOption
    ? program.options.flatMap(({ long }) => (long ? [long] : []))
    : program.commands.map((command) => command.name());
  program.error(`error: unknown ${isOption ? "option" : "command"} ${JSON.stringify(word)}${didYouMean(word, known)}`, {
    code: "ayes.unknown",
    exitCode: 2,
  });
}

function addUp(program: Command, finish: Finish): void {
  clusterOptions(program.command("up"))
    .summary("run a cluster as a server")
    .description("Opens the cluster in a folder and serves it until Ctrl-C. Prints one line when it accepts requests.")
    .addOption(new Option("--port <port>", "HTTP port; 0 takes a free one (default: 7411)").argParser(port))
    .option("--json", "print the ready line as JSON")
    .option("-q, --quiet", "print nothing but the ready line")
    .addOption(new Option("--retain <n>", "outcomes that each node remembers (default: 50000)").argParser(count))
    .option("--record <file>", "write all that happens to a new file, for `ayes replay`")
    .addOption(new Option("--detour <folder>", "dial links between nodes at FOLDER/SOURCE-TARGET").hideHelp())
    .addHelpText(
      "after",
      examples(["ayes up", "ayes up --data /var/lib/ayes --hosts processes", "ayes up --port 0 --chaos"]),
    )
    .action(async (_own: UpFlags, command: Command) => {
      const { up } = await import("./commands/up.js");
      finish(await up(command.optsWithGlobals()));
    });
}

function addRepl(program: Command, finish: Finish): void {
  remote(program.command("repl"))
    .summary("a prompt on a running cluster")
    .description("Many may be connected at once. When the cluster goes away, the prompt waits for it to come back.")
    .argument("[url]", "where the cluster is")
    .addHelpText("after", examples(["ayes repl", "ayes repl http://127.0.0.1:7412"]))
    .action(async (url: string | undefined, _own: ScriptFlags, command: Command) => {
      const { replOn } = await import("./commands/prompt.js");
      finish(await replOn(url, command.optsWithGlobals()));
    });
}

function addScripts(program: Command, finish: Finish): void {
  script(remote(program.command("exec")))
    .summary("run statements")
    .description("Runs statements in the language of the prompt (see: ayes exec help).")
    .usage("[URL] STATEMENTS... [options]")
    .argument("[words...]", "statements, several separated by ;")
    .option("-e, --execute <statements>", "statements (repeatable)", collect)
    .addHelpText(
      "after",
      examples(["ayes exec 'put a 1; get a'", "ayes exec -e 'put a 1' -e 'get a' --json"]) + EXIT_CODES,
    )
    .action(async (words: string[], _own: ScriptFlags, command: Command) => {
      const { runTexts } = await import("./commands/remote.js");
      finish(await runTexts(words, command.optsWithGlobals()));
    });
  script(remote(program.command("run")))
    .summary("run statements from files")
    .description(ABOUT_RUN)
    .usage("[URL] FILE... [options]")
    .argument("[words...]", "files")
    .option("-f, --file <file>", "a file (repeatable)", collect)
    .addOption(new Option("--clients <n>", "several clients at once, which go on after a failure").argParser(clients))
    .option("--summary", "with --clients: only the summary")
    .addHelpText(
      "after",
      examples([
        "ayes run orders.txt",
        "generate | ayes run - --continue",
        "ayes run --clients 4 ann.txt bob.txt",
        "ayes run --clients 2 ann.txt bob.txt --json",
      ]) + EXIT_CODES,
    )
    .action(async (words: string[], _own: RunFlags, command: Command) => {
      const { runFiles } = await import("./commands/remote.js");
      finish(await runFiles(words, command.optsWithGlobals()));
    });
}

const ABOUT_RUN = [
  "Runs files of statements, one after the other; - is the standard input. A line may also be write(FILE, some text), " +
    "read(FILE) or delete(FILE). Lines that begin with #, -- or // are comments.",
  "With --clients there are several clients, each of which has a connection and issues its statements strictly one after " +
    "the other. Files are dealt to them in turn: as many clients as files, one file each; fewer, and a client runs its " +
    "files one after the other; more, and they begin again with the first file. All files are understood before any of " +
    "it runs. Each statement is answered with client, FILE:LINE, outcome and transaction id, and a summary ends it, also " +
    "after Ctrl-C.",
].join("\n\n");

function addWatch(program: Command, finish: Finish): void {
  remote(program.command("watch"))
    .summary("show committed changes as they come")
    .description(
      "Each transaction is one line, in the order of the commits, until Ctrl-C. A line begins with its position: --since " +
        "goes on after it, also when the cluster was restarted meanwhile.",
    )
    .argument("[prefix]", "only keys that start with this: a text, or parts as JSON")
    .option("--since <position>", "what was committed behind this position; begin: everything that is kept")
    .addHelpText("after", examples(["ayes watch", "ayes watch accounts/", "ayes watch --since begin --json"]))
    .action(async (prefix: string | undefined, _own: WatchFlags, command: Command) => {
      const { watch } = await import("./commands/watch.js");
      finish(await watch(prefix, command.optsWithGlobals()));
    });
}

function addStatus(program: Command, finish: Finish): void {
  remote(program.command("status"))
    .summary("show nodes and transactions in doubt")
    .argument("[url]", "where the cluster is")
    .addOption(
      new Option("--watch [seconds]", "again and again until Ctrl-C (default: every second)").argParser(positive),
    )
    .addHelpText("after", examples(["ayes status", "ayes status --watch", "ayes status --json | jq .nodes"]))
    .action(async (url: string | undefined, _own: StatusFlags, command: Command) => {
      const { status } = await import("./commands/status.js");
      finish(await status(url, command.optsWithGlobals()));
    });
}

function addBench(program: Command, finish: Finish): void {
  const whole = (name: string, says: string) => new Option(name, says).argParser(count);
  remote(program.command("bench"))
    .summary("measure a cluster under load")
    .description(
      "Without URL it opens a cluster of its own in a temporary folder and removes it. With URL it writes keys bench/N.",
    )
    .argument("[url]", "where the cluster is")
    .addOption(whole("--clients <n>", "concurrent clients").default(64))
    .addOption(new Option("--seconds <s>", "how long").argParser(positive).default(10))
    .addOption(new Option("--warmup <s>", "load before it counts").argParser(notNegative).default(1))
    .addOption(whole("--keys <n>", "how many keys to draw from").default(100_000))
    .addOption(new Option("--reads <fraction>", "share of reads, 0 to 1").argParser(fraction).default(0))
    .addOption(whole("--operations <n>", "operations in each transaction").default(1))
    .option("--functions", "each transaction is a function that reads its keys before it writes them")
    .addOption(whole("--value-bytes <n>", "size of each value").default(100))
    .option("--preload", "write all keys before measuring")
    .option("--history <file>", "record what the clients do, for `ayes check`; the keys are then new ones")
    .addOption(new Option("--hosts <kind>", "of its own cluster").choices(["threads", "processes"]))
    .addOption(whole("--replicas <n>", "of its own cluster (default: 3)"))
    .addOption(protocol("commit protocol"))
    .addHelpText(
      "after",
      examples(["ayes bench", "ayes bench --clients 256 --reads 0.9", "ayes bench --json --hosts processes"]),
    )
    .action(async (url: string | undefined, _own: BenchFlags, command: Command) => {
      const { bench } = await import("./commands/bench.js");
      finish(await bench(url, command.optsWithGlobals()));
    });
}

/** A statement of the language as a command. Its words go to the language's own parser, which knows its options. */
function addStatement(program: Command, name: CommandName, finish: Finish): void {
  const { usage, says, details = [], examples: lines } = describe(name);
  const words = usage.slice(name.length + 1);
  const shorts: Readonly<Record<string, string>> = name === "read" ? { "-o": "--output" } : {};
  remote(program.command(name))
    .summary(says)
    .usage(`${words} [--url URL] [--json] [--quiet]`)
    .argument("[words...]")
    .allowUnknownOption()
    .addHelpText(
      "after",
      details.map((line) => `\n${line}`).join("") + examples(lines.map((line) => `ayes ${shellForm(line)}`)),
    )
    .action(async (given: string[], _own: Flags, command: Command) => {
      const { runWords } = await import("./commands/remote.js");
      finish(await runWords([name, ...given.map((word) => shorts[word] ?? word)], command.optsWithGlobals()));
    })
    .configureHelp({ visibleArguments: () => [] });
}

/** JSON needs quotes in a shell, and so do a star and what is a text because it is quoted. */
function shellForm(line: string): string {
  return line.replace(/(\{.*\}|\[[^\]]*\]|\S*\*\S*|(?<=^write \S+ )".*")/g, "'$1'");
}

function addCompletion(program: Command, finish: Finish): void {
  program
    .command("completion")
    .summary("print a completion script for a shell")
    .argument("<shell>", "bash, zsh or fish")
    .addHelpText("after", examples(["source <(ayes completion bash)", "ayes completion fish | source"]))
    .action(async (shell: string) => {
      const { completionScript } = await import("./commands/completion.js");
      process.stdout.write(completionScript(program, shell));
      finish(0);
    });
}
