/** What Tab offers: commands, options, choices, and names that the cluster knows. */

import { VALUE_TYPES } from "../../actors/demand.js";
import type { Key } from "../../runtime/api.js";
import { POINTS } from "../../runtime/faults.js";
import { CONSTRAINT_ACTIONS, KIND_WORDS } from "../language/constraint.js";
import { COMMAND_NAMES, type CommandName, commandNamed, describe, STEP_OPTIONS } from "../language/grammar.js";

/** Where names come from. Each may ask the cluster; none may take long. */
export type Names = {
  nodes(): Promise<readonly string[]>;
  keys(prefix: Key): Promise<readonly Key[]>;
  files(prefix: string): Promise<readonly string[]>;
  txns(): readonly string[];
};

const KEY_COMMANDS: ReadonlySet<string> = new Set(["put", "get", "del", "add", "check", "keys", "scan", "watch"]);
const FILE_COMMANDS: ReadonlySet<string> = new Set(["write", "read", "rm", "ls", "stat", "mv", "cp"]);
/** Those whose second word is a file of the cluster, too. */
const TWO_FILES: ReadonlySet<string> = new Set(["mv", "cp"]);
const NODE_COMMANDS: ReadonlySet<string> = new Set([
  "log",
  "crash",
  "restart",
  "pause",
  "resume",
  "cut",
  "mend",
  "delay",
  "repair",
  "validator",
  "ballots",
  "vote",
]);
/** Words whose next word is of a known sort, whatever the command. */
const AFTER: Readonly<Record<string, readonly string[]>> = {
  "--read": ["committed", "linearizable"],
  "--protocol": ["2pc"],
  "--since": ["begin"],
  at: Object.keys(POINTS),
};

/** The words that may stand at the end of the line, and the part of the line that they replace. */
export async function complete(line: string, names: Names): Promise<[string[], string]> {
  const statement = line.slice(line.lastIndexOf(";") + 1).trimStart();
  const list = statement.search(/\[[^\]]*$/);
  const words = statement.slice(0, list < 0 ? undefined : list).split(/\s+/);
  const partial = words.pop() ?? "";
  const typed = list < 0 ? partial.slice(partial.lastIndexOf(",") + 1) : statement.slice(list);
  const candidates = await candidatesFor(words, typed, names);
  return [candidates.filter((candidate) => candidate.startsWith(typed)).map(spaced), typed];
}

function spaced(word: string): string {
  return `${word} `;
}

async function candidatesFor(words: readonly string[], typed: string, names: Names): Promise<readonly string[]> {
  const [first, second] = words;
  if (first === undefined) return COMMAND_NAMES;
  const command = commandNamed(first);
  if (command === undefined) return [];
  if (command === "help") return words.length === 1 ? COMMAND_NAMES : [];
  if (command === "watch" && second && !Number.isNaN(Number(second)))
    return candidatesFor(words.slice(2), typed, names);
  if (typed.startsWith("-")) return [...Object.keys(describe(command).options ?? {}), ...within(command)];
  return (await afterWord(command, words, typed, names)) ?? argumentsOf(command, words, typed, names);
}

function within(command: CommandName): readonly string[] {
  return command === "tx" ? STEP_OPTIONS : [];
}

/** Candidates that follow from the word before, wherever it stands. */
async function afterWord(command: CommandName, words: readonly string[], typed: string, names: Names) {
  const before = words.at(-1)?.toLowerCase() ?? "";
  if (before === "--start" || before === "--end") return keys(names, typed);
  if (before === "--replica" || (command === "crash" && before === "targets")) return names.nodes();
  if (command === "crash" && before === "txn") return names.txns();
  const isOption = before.startsWith("--") || command === "crash";
  return isOption && Object.hasOwn(AFTER, before) ? AFTER[before] : undefined;
}

async function argumentsOf(command: CommandName, words: readonly string[], typed: string, names: Names) {
  if (command === "constraint") return constraintWords(words, typed, names);
  const { choices = [] } = describe(command);
  if (command === "tx") return stepWords(words.at(-1) ?? "", typed, names, choices);
  if (words.length === 1 ? FILE_COMMANDS.has(command) : TWO_FILES.has(command)) return files(names, typed);
  if (words.length > 1 && command !== "get") return choices;
  if (KEY_COMMANDS.has(command)) return keys(names, typed);
  if (NODE_COMMANDS.has(command)) return names.nodes();
  return command === "outcome" || command === "trace" ? names.txns() : choices;
}

function stepWords(before: string, typed: string, names: Names, choices: readonly string[]) {
  if (FILE_COMMANDS.has(before)) return files(names, typed);
  return KEY_COMMANDS.has(before) ? keys(names, typed) : choices;
}

/** Those that need no quotes. */
async function files(names: Names, typed: string): Promise<string[]> {
  return (await names.files(typed)).filter((path) => UNQUOTED.test(path));
}

function constraintWords(words: readonly string[], typed: string, names: Names) {
  const [, action, prefix] = words;
  if (action === undefined) return CONSTRAINT_ACTIONS;
  if (action === "list") return [];
  if (prefix === undefined) return keys(names, typed);
  return words.at(-1) === "type" && action === "add" ? VALUE_TYPES : KIND_WORDS;
}

/** Composite keys, and those that need no quotes; the others could not be completed as they are typed. */
async function keys(names: Names, typed: string): Promise<string[]> {
  const found = await names.keys(typed.startsWith("[") ? wholeParts(typed) : typed);
  const texts = found.map((key) => (typeof key === "string" ? key : JSON.stringify(key)));
  return texts.filter((text, index) => typeof found[index] !== "string" || UNQUOTED.test(text));
}

const UNQUOTED = /^[^\s'"\\;,@#{[-][^\s'"\\;,]*$/;

/** What is before the last comma of a list; of all keys if there is none. */
function wholeParts(typed: string): Key {
  const comma = typed.lastIndexOf(",");
  if (comma < 0) return "";
  try {
    return JSON.parse(`${typed.slice(0, comma)}]`) as Key;
  } catch {
    return "";
  }
}
