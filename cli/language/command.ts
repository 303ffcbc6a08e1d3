/** What is known of a command of the language. */

/** A command as people see it. The parser has the same names. */
export type Command = {
  usage: string;
  says: string;
  /** More for `help COMMAND`, one line each. */
  details?: readonly string[];
  examples: readonly string[];
  /** Options and what their value is called; nothing for one without. */
  options?: Readonly<Record<string, string>>;
  /** Words that stand for a choice, for completion. */
  choices?: readonly string[];
  /** Also works as `ayes COMMAND` in a shell. */
  oneShot?: true;
};

/** Options of everything that reads. */
export const READ_OPTIONS = { "--read": "committed|linearizable", "--replica": "NODE", "--deadline": "MS" } as const;
export const READ_USAGE = "[--read committed|linearizable] [--replica NODE] [--deadline MS]";
