/** Options that several commands share, and how their values are read. */

import { type Command, InvalidArgumentError, Option } from "commander";

/** Runs a command and keeps its exit code. */
export type Finish = (code: number) => void;

/** What a cluster of one's own is made of. */
export function clusterOptions(command: Command): Command {
  return command
    .option("--data <folder>", "where the cluster keeps its data (default: ./ayes-data)")
    .addOption(new Option("--replicas <n>", "how many replicas (default: 3)").argParser(count))
    .addOption(new Option("--coordinators <n>", "how many coordinators (default: 1)").argParser(count))
    .addOption(new Option("--hosts <kind>", "a thread or a process for each node").choices(["threads", "processes"]))
    .addOption(protocol("commit protocol of transactions that name none (default: 2pc; 3pc in an up-set)"))
    .addOption(
      new Option("--membership <who>", "who votes: all replicas, or those that are up to date (default: all)").choices([
        "all",
        "up-set",
      ]),
    )
    .option("--chaos", "allow crash and restart");
}

export function protocol(says: string): Option {
  return new Option("--protocol <name>", says).choices(["2pc", "3pc"]);
}

/** How results are printed. */
export function output(command: Command): Command {
  return command.option("--json", "one JSON object a line").option("-q, --quiet", "only results and errors");
}

/** For a command that talks to a running cluster. */
export function remote(command: Command): Command {
  return output(command).option(
    "-u, --url <url>",
    "where the cluster is (or AYES_URL, or .ayesrc; default: http://127.0.0.1:7411)",
  );
}

/** For a command that runs statements. */
export function script(command: Command): Command {
  if (command.name() === "ayes") output(command);
  return command.option("--continue", "go on after a failure");
}

export const EXIT_CODES = `
Exit code
  0 all committed or read   1 aborted or not found   2 bad usage or input   3 no cluster   4 unknown outcome
`;

/** The end of a help text. */
export function examples(lines: readonly string[]): string {
  return `\n\nExamples\n${lines.map((line) => `  $ ${line}\n`).join("")}`;
}

/** For an option that may be given several times. */
export function collect(value: string, earlier: string[] | undefined): string[] {
  return [...(earlier ?? []), value];
}

/** A whole number of at least 1. */
export function count(text: string): number {
  return within(text, /^\d{1,9}$/, 1, 1e9, "a whole number of at least 1");
}

/** How many clients one process may have. */
export function clients(text: string): number {
  return within(text, /^\d{1,4}$/, 1, 1000, "a whole number of clients, 1 to 1000");
}

/** What a random run begins with. */
export function seed(text: string): number {
  return within(text, /^\d{1,10}$/, 0, 2 ** 32 - 1, "a seed, 0 to 4294967295");
}

/** A whole number, or none. */
export function none(text: string): number {
  return within(text, /^\d{1,9}$/, 0, 1e9, "a whole number");
}

/** A TCP port. */
export function port(text: string): number {
  return within(text, /^\d{1,5}$/, 0, 65_535, "a port, 0 to 65535");
}

/** A span of seconds. */
export function positive(text: string): number {
  return within(text, /^\d+(\.\d+)?$/, 0.1, 86_400, "a number of seconds, 0.1 to 86400");
}

/** A span of minutes. */
export function minutes(text: string): number {
  return within(text, /^\d+(\.\d+)?$/, 0.1, 10_080, "a number of minutes, 0.1 to 10080");
}

/** A span of seconds, or none. */
export function notNegative(text: string): number {
  return within(text, /^\d+(\.\d+)?$/, 0, 86_400, "a number of seconds, 0 to 86400");
}

/** A share of the whole. */
export function fraction(text: string): number {
  return within(text, /^\d+(\.\d+)?$/, 0, 1, "a number from 0 to 1");
}

function within(text: string, form: RegExp, least: number, most: number, what: string): number {
  const value = form.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most)) throw new InvalidArgumentError(`It is ${what}.`);
  return value;
}
