/** The request language of a course on distributed commit: `write(A, some text)`, `read(A)`, `delete(A)`, one a line. */

import { Problem } from "./problem.js";
import type { Statement } from "./statement.js";

const CALL = /^(\s*)(write|read|delete)(\s*\()/i;
const USAGE = { write: "write(FILE, TEXT)", read: "read(FILE)", delete: "delete(FILE)" };

/**
 * The statement about a file for such a line; undefined for any other one. Nothing in it is quoted or escaped: the path
 * goes up to the first comma, the text to the last bracket, both without the blanks around them.
 */
export function parseCall(text: string): Statement | undefined {
  const call = CALL.exec(text);
  if (!call) return undefined;
  const [head, , word = ""] = call;
  const name = word.toLowerCase() as keyof typeof USAGE;
  const line = text.trimEnd();
  if (!line.endsWith(")")) throw new Problem(`the line must end with ) (usage: ${USAGE[name]})`, line.length);
  if (line.includes("\n")) throw new Problem(`one request a line (usage: ${USAGE[name]})`, line.indexOf("\n"));
  const inside = line.slice(head.length, -1);
  const comma = name === "write" ? inside.indexOf(",") : inside.length;
  if (comma < 0) throw new Problem(`the text is missing (usage: ${USAGE[name]})`, line.length - 1);
  const path = inside.slice(0, comma).trim();
  if (path === "") throw new Problem(`the file is missing (usage: ${USAGE[name]})`, head.length);
  if (name === "read") return { kind: "readFile", path, options: {} };
  if (name === "delete") return { kind: "step", step: { kind: "rm", path } };
  return { kind: "step", step: { kind: "write", path, body: { text: inside.slice(comma + 1).trim() } } };
}
