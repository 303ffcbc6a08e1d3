/** Every command of the language once: its form, its help, its options, and whether a shell may use it directly. */

import { RULES } from "../../runtime/rules.js";
import { type Command, READ_OPTIONS, READ_USAGE } from "./command.js";
import { CONSTRAINT_ACTIONS, KIND_WORDS } from "./constraint.js";
import { FAULT_COMMANDS } from "./fault-commands.js";
import { FILE_COMMANDS } from "./file-commands.js";
import { HAND_COMMANDS } from "./hand-commands.js";

const TXN_OPTIONS = { "--id": "ID", "--protocol": "2pc|3pc", "--deadline": "MS" } as const;

const READ_HELP = [
  "A linearizable read (the default) waits for an undecided write; a committed one answers at once.",
  "Inside a transaction it takes none of these options, and shows what the transaction would write.",
];

const KEY_HELP = [
  'A key is text, or a list of texts, numbers, true and false: ["accounts",5]. Lists sort part by part, before all texts.',
  `Quotes make it a text: '["a"]'. A shell takes the quotes away: ayes exec is the way to such a key there.`,
];

const VALUE_HELP = [
  'A value is JSON (3, true, null, "text", [1,2], {"a": 1}); anything else is text: hello.',
  "Quotes make it text: '3' and \"3\" are the text 3. Double quotes take the escapes of JSON, single ones none.",
  `In a shell the shell takes the quotes away: write '"3"' there for the text 3.`,
  "@FILE takes the value of a file: JSON if it is JSON, else text if it is UTF-8, else bytes. @- is the standard input.",
];

export const COMMANDS = {
  put: {
    usage: "put KEY VALUE [--ttl TIME]",
    says: "set a key",
    details: [
      ...VALUE_HELP,
      ...KEY_HELP,
      "With --ttl it is deleted after that time, unless it is written again: 500 (milliseconds), 5s, 10m, 2h, 1d.",
    ],
    examples: [
      "put a 1",
      'put ["accounts",5] 10',
      'put user/7 {"name": "Ann"}',
      "put note 'two words'",
      "put photo @photo.jpg",
      "put session/7 Ann --ttl 30m",
    ],
    options: { "--ttl": "TIME" },
    oneShot: true,
  },
  get: {
    usage: `get KEY [KEY ...] ${READ_USAGE}`,
    says: "read a key, or several as they were at one moment",
    details: ["Several take no locks, and one replica is asked.", ...READ_HELP, ...KEY_HELP],
    examples: ["get a", 'get ["accounts",5]', "get a --read committed --replica n2", "get a b c"],
    options: READ_OPTIONS,
    oneShot: true,
  },
  scan: {
    usage: `scan [PREFIX] [--start KEY] [--end KEY] [--limit N] [--reverse] ${READ_USAGE}`,
    says: "read keys in order, as they were at one moment (at most 100)",
    details: [
      "Those that begin with a prefix, or from --start on, with it, and before --end; --reverse begins with the last one.",
      "Values are JSON, so that each key is one line. With --json the last line is about the page: whether there are",
      "more keys, what range it is all of, and the version of that range.",
      ...READ_HELP,
    ],
    examples: [
      "scan user/",
      'scan ["accounts"] --limit 10',
      'scan --start ["accounts",5] --end ["accounts",9] --reverse',
    ],
    options: { "--start": "KEY", "--end": "KEY", "--limit": "N", "--reverse": "", ...READ_OPTIONS },
    oneShot: true,
  },
  del: { usage: "del KEY", says: "delete a key", examples: ["del a"], oneShot: true },
  add: {
    usage: "add KEY NUMBER",
    says: "add a whole number to a number (an absent one counts as 0)",
    examples: ["add hits 1", "add balance -5"],
    oneShot: true,
  },
  check: {
    usage: "check KEY exists|absent|equals VALUE|version ID",
    says: "require something of a key: alone, or for the transaction to commit",
    details: ["It is about what was committed before the transaction, not about what the transaction writes."],
    examples: ["check a exists", "check a equals 3", "check a version 01JDXK7C9P3Q"],
    choices: ["exists", "absent", "equals", "version"],
  },
  ...FILE_COMMANDS,
  begin: {
    usage: "begin [--id ID] [--protocol 2pc|3pc] [--deadline MS]",
    says: "open a transaction: what follows is collected, and nothing is locked or written before commit",
    details: [
      "All that get, scan, read, ls and stat show in it was true together at the moment of the last one of them.",
      "When something that was read has changed meanwhile, the next read fails and commit aborts, and they say what.",
    ],
    examples: ["begin", "get a", "put a 1", "add b -1", "commit"],
    options: TXN_OPTIONS,
  },
  commit: {
    usage: "commit",
    says: "commit the open transaction: all of it, if nothing that it read has changed, or nothing",
    details: ["One that only read needs no more than that: what it read was true together."],
    examples: ["commit"],
  },
  rollback: { usage: "rollback", says: "forget the open transaction; nothing was sent", examples: ["rollback"] },
  tx: {
    usage: "tx [--id ID] [--protocol 2pc|3pc] [--deadline MS] OPERATION, OPERATION, ...",
    says: "several operations and checks as one transaction",
    details: ["The same id is executed once and always gets the same answer."],
    examples: [
      "tx put a 1, put b 2, check c absent",
      "tx --id order-7 add stock -1, put order/7 paid --ttl 1d",
      "tx put order/7 paid, write invoices/7.pdf invoice.pdf",
    ],
    options: TXN_OPTIONS,
    choices: ["put", "del", "add", "check", "write", "rm", "mv", "cp"],
    oneShot: true,
  },
  outcome: {
    usage: "outcome ID",
    says: "ask what became of a transaction",
    examples: ["outcome 01JDXK7C9P3QZ5T0V8W4Y6A2BE"],
    oneShot: true,
  },
  trace: {
    usage: "trace [ID]",
    says: "draw how a transaction came about; without an id, list the latest ones",
    details: ["Messages, records, crashes, locks: what the nodes did, in a column each."],
    examples: ["trace", "trace 01JDXK7C9P3QZ5T0V8W4Y6A2BE"],
  },
  keys: {
    usage: "keys [PREFIX] [--limit N]",
    says: "list keys in order (at most 100)",
    details: ["After a list come all keys that begin with its parts."],
    examples: ["keys", "keys user/ --limit 10", 'keys ["accounts"]'],
    options: { "--limit": "N" },
    oneShot: true,
  },
  status: { usage: "status", says: "show nodes, and transactions in doubt", examples: ["status", "watch 1 status"] },
  locks: { usage: "locks", says: "show who holds which keys", examples: ["locks"], oneShot: true },
  log: {
    usage: "log NODE [N]",
    says: "show the newest records of a node's log (20), oldest first",
    examples: ["log n1", "log n1 5"],
    oneShot: true,
  },
  ...FAULT_COMMANDS,
  repair: {
    usage: "repair NODE [force]",
    says: "give a damaged replica a new store, copied from a healthy one",
    details: [
      "The others serve meanwhile; writes wait for the replica. Its old folder is kept, and the answer says where.",
      "A replica that is up and has no damaged row is left alone, unless you say force.",
      "A coordinator cannot be repaired: its log exists once. Restore its folder from a backup.",
    ],
    examples: ["repair n2", "repair n2 force"],
    choices: ["force"],
    oneShot: true,
  },
  validator: {
    usage: "validator NODE [RULE]",
    says: "show what rules the votes of a node, or set it",
    details: [
      "What its validator objects to is aborted with `vetoed` and the reason. A node has one rule at a time:",
      "always              everything may pass (the default)",
      "no-next             the next vote that would be yes is no; then what ruled before rules again",
      "max-value-bytes N   no value that is written has more than N bytes as JSON",
      "create-only [KEYS]  written keys must not exist yet",
      "must-exist [KEYS]   written keys must exist already",
      "minimum KEYS N      what these keys become is a number of at least N; they may be deleted",
      "person              a person is asked about each transaction: see ballots and vote",
      "In KEYS each * stands for any text: accounts/*. A rule stays until it is changed, also over a restart.",
    ],
    examples: [
      "validator n2",
      "validator n2 minimum accounts/* 0",
      "validator n2 max-value-bytes 100",
      "validator n2 always",
    ],
    choices: RULES,
    oneShot: true,
  },
  ...HAND_COMMANDS,
  constraint: {
    usage: "constraint list | add PREFIX CONSTRAINT... | remove PREFIX [NAME...]",
    says: "show what is demanded of keys with a prefix, whoever writes them, or change it",
    details: [
      "Every node that votes judges by it; what would violate it is aborted with `constraint` and says why.",
      "min N, max N       the value is a number, and not less or not more than N",
      "type TYPE          the value is a string, number, boolean, object, array, null or bytes",
      "create-only        keys may be made, never changed or deleted",
      "must-exist         only keys that exist may be written",
      "max-bytes N        the value has at most N bytes as JSON",
      "shape FILE         the value fits the JSON Schema (2020-12) in a file; in the place of FILE it may stand itself",
      "Without create-only and must-exist, keys may be deleted. The prefix '' is every key's.",
      "A constraint that committed data violates is refused, with the first such keys.",
      "One of the same name on the same prefix takes the place of the earlier one. A shell may write --min 0.",
    ],
    examples: [
      "constraint add accounts/ min 0 type number",
      "constraint add users/ shape user.schema.json",
      "constraint list",
      "constraint remove accounts/ type",
    ],
    choices: [...CONSTRAINT_ACTIONS, ...KIND_WORDS],
    oneShot: true,
  },
  watch: {
    usage: "watch [PREFIX] [--since POSITION] | watch SECONDS STATEMENT",
    says: "show committed changes as they come, or repeat a statement, until Ctrl-C",
    details: [
      "Each transaction is one line, which begins with its position: --since goes on behind one, or at the begin.",
      "A first word that is a number means seconds; quote a prefix that is one.",
    ],
    examples: ["watch", "watch accounts/", "watch accounts/ --since begin", "watch 1 status", "watch 0.5 get a"],
    options: { "--since": "POSITION" },
  },
  timing: {
    usage: "timing [on|off]",
    says: "show how long each statement took",
    examples: ["timing on", "\\timing"],
    choices: ["on", "off"],
  },
  help: { usage: "help [COMMAND]", says: "show all commands, or one", examples: ["help", "help put"] },
  quit: { usage: "quit", says: "leave (also exit, \\q, Ctrl-D)", examples: ["quit"] },
} as const satisfies Record<string, Command>;

export type CommandName = keyof typeof COMMANDS;

/** Options of the operations of a `tx`. */
export const STEP_OPTIONS: readonly string[] = [
  ...Object.keys(COMMANDS.put.options),
  ...Object.keys(COMMANDS.write.options),
];

/** Other names that people try first. */
const ALIASES: Readonly<Record<string, CommandName>> = {
  exit: "quit",
  "\\q": "quit",
  "\\timing": "timing",
  "\\?": "help",
  "?": "help",
  "\\watch": "watch",
  set: "put",
  delete: "del",
  abort: "rollback",
};

export const COMMAND_NAMES = Object.keys(COMMANDS) as CommandName[];

/** All words that begin a statement. */
export const COMMAND_WORDS: readonly string[] = [...COMMAND_NAMES, ...Object.keys(ALIASES)];

/** The command that a word names, in any case. */
export function commandNamed(word: string): CommandName | undefined {
  const lower = word.toLowerCase();
  if (Object.hasOwn(COMMANDS, lower)) return lower as CommandName;
  return Object.hasOwn(ALIASES, lower) ? ALIASES[lower] : undefined;
}

/** The command as people see it. */
export function describe(name: CommandName): Command {
  return COMMANDS[name];
}
