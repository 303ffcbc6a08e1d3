/** Statements over HTTP, a text at a time: what a page's line of input runs. Nobody's files are read or written here. */

import { Writable } from "node:stream";
import type { Cluster } from "../../runtime/api.js";
import { AyesError } from "../../runtime/errors.js";
import type { Sent } from "../../runtime/files/stage.js";
import type { FileTraffic } from "../../runtime/files-api.js";
import type { Extra } from "../../runtime/gateway/mounting.js";
import { parse } from "../language/parse.js";
import { Problem } from "../language/problem.js";
import type { Body, Statement } from "../language/statement.js";
import { Printer } from "../output/printer.js";
import type { View } from "../output/view.js";
import { Bodies } from "./file-steps.js";
import { embedded } from "./link.js";
import { EXIT, failureOf } from "./reply.js";
import { Runner } from "./runner.js";
import { Session } from "./session.js";

const VIEW: View = { json: false, quiet: false, terminal: true, colour: false, prefix: "" };
const TEXT_MOST = 64 * 1024;
const ANSWER_MOST = 1024 * 1024;

/** Answers `{ text }` with what a terminal would show, and the exit code of a script. */
export function statementDesk(cluster: Cluster): Extra {
  return {
    name: "runStatements",
    path: "/v1/statements",
    summary: "Run statements in the language of the prompt; nothing stays open afterwards",
    word: "statement",
    answer: ({ text, ...others }) => {
      const [unknown] = Object.keys(others);
      if (unknown !== undefined)
        throw new AyesError("invalid", `unknown field ${JSON.stringify(unknown)}; known: text`);
      if (typeof text !== "string") throw new AyesError("invalid", "text must be the statements");
      if (text.length > TEXT_MOST) throw new AyesError("too-large", `text has over ${TEXT_MOST} characters`);
      return run(cluster, text);
    },
  };
}

async function run(cluster: Cluster, text: string): Promise<{ text: string; code: number }> {
  const sheet = new Sheet();
  const printer = new Printer(VIEW, sheet, sheet);
  const refuse = () => Promise.reject(new Problem(NO_FILES));
  const session = new Session(embedded(cluster), refuse, new TextBodies());
  let code: number;
  try {
    const statements = parse(text);
    for (const statement of statements) requireBrief(statement);
    code = (await new Runner(session, printer).runAll(statements, false)).code;
    if (session.pending !== undefined) throw new Problem("the line ends inside a transaction: nothing of it was sent");
  } catch (error) {
    printer.fail(failureOf(error), { text });
    code = EXIT.usage;
  }
  return { text: sheet.text, code };
}

const NO_FILES = "files of a computer cannot be named here: use a prompt or the shell";

/** Refuses what would go on for ever, or leave something on this computer. */
function requireBrief(statement: Statement): void {
  const { kind } = statement;
  if (kind === "readFile" && statement.target !== undefined) throw new Problem(NO_FILES);
  if (kind === "watch" || kind === "follow")
    throw new Problem("to watch, use a prompt: here each line is answered once");
}

class TextBodies extends Bodies {
  override send(traffic: FileTraffic, body: Body): Promise<Sent> {
    return "text" in body ? super.send(traffic, body) : Promise.reject(new Problem(NO_FILES));
  }
}

/** Where results and remarks go, in the order in which they come. */
class Sheet extends Writable {
  text = "";

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    if (this.text.length < ANSWER_MOST) this.text += chunk.toString();
    done();
  }
}
