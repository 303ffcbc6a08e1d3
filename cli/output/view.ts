/** How output is to look: for a person at a terminal, raw for a pipe, or JSON lines; with or without colour. */

import { styleText } from "node:util";

export type View = {
  /** One JSON object a line. */
  json: boolean;
  /** Results and errors only. */
  quiet: boolean;
  /** A person reads it: values as JSON, tables, hints. Otherwise raw. */
  terminal: boolean;
  colour: boolean;
  /** What a person types before a command: nothing in a REPL, `ayes ` in a shell. */
  prefix: string;
};

/** `result` is what was asked for; `remark` is for people and goes elsewhere when output is piped. */
export type Shown = { result?: string | Uint8Array; remark?: string };

/** The view that fits a stream. NO_COLOR (any value that is not empty) turns colour off. */
export function viewOf(stream: { isTTY?: boolean }, flags: { json?: boolean; quiet?: boolean }, prefix: string): View {
  const terminal = stream.isTTY === true;
  const plain = Boolean(process.env.NO_COLOR) || process.env.TERM === "dumb";
  return { json: flags.json === true, quiet: flags.quiet === true, terminal, colour: terminal && !plain, prefix };
}

type Style = "red" | "green" | "yellow" | "dim" | "bold" | "cyan";

/** Text in a style, if the view has colour. */
export function paint(view: View, style: Style, text: string): string {
  return view.colour ? styleText(style, text) : text;
}

/** Text that cannot move a terminal's cursor or change its state. */
export function harmless(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must go
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, (char) => {
    return `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}
