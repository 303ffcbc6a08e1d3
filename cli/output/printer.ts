/** Puts replies on the right stream: results on stdout, all else on stderr. */

import { once } from "node:events";
import type { Writable } from "node:stream";
import type { FileReading } from "../../runtime/files-api.js";
import type { Failure, Reply } from "../session/reply.js";
import { failureFacts, jsonLine, jsonLines } from "./json.js";
import { failureText, textOf } from "./text.js";
import { paint, type View } from "./view.js";

/** What was typed, and where it stands when it was not typed at a prompt: `orders.txt:3`. */
export type Typed = { text: string; place?: string };

/** Shows replies to whoever reads them. */
export class Printer {
  readonly view: View;
  readonly #results: Writable;
  readonly #remarks: Writable;

  constructor(view: View, results: Writable = process.stdout, remarks: Writable = process.stderr) {
    this.view = view;
    this.#results = results;
    this.#remarks = remarks;
  }

  /** Shows a reply; `tookMs` only when a person asked for it. */
  show(reply: Reply, typed?: Typed, tookMs?: number): void {
    if (reply.kind === "failed") this.fail(reply.error, typed);
    else if (this.view.json) for (const facts of jsonLines(reply)) this.#results.write(`${jsonLine(facts)}\n`);
    else this.#showText(reply, tookMs);
  }

  /** Resolves once whoever reads the results has kept up: before that, they would only gather here. */
  async drained(): Promise<void> {
    if (this.#results.writableNeedDrain) await once(this.#results, "drain");
  }

  /** Lets all bytes of a file through to where results go; where only text can be shown, says how to get them. */
  async pour(file: FileReading): Promise<void> {
    if (this.view.json || this.view.terminal) {
      this.show({ kind: "file", file, bytes: undefined });
      return file.close();
    }
    for await (const piece of file) {
      this.#results.write(piece);
      await this.drained();
    }
  }

  /** Shows an error. */
  fail(error: Failure, typed?: Typed): void {
    const facts = { ...failureFacts(error), ...(typed?.place !== undefined && { place: typed.place }) };
    this.#remarks.write(`${this.view.json ? jsonLine(facts) : failureText(this.view, error, typed)}\n`);
  }

  /** Says something that is not a result, unless silence was asked for. */
  say(text: string): void {
    if (!this.view.quiet) this.#remarks.write(`${text}\n`);
  }

  #showText(reply: Reply, tookMs: number | undefined): void {
    const { result, remark } = textOf(this.view, reply);
    const local = reply.kind === "note" || reply.kind === "help";
    const took = tookMs === undefined || local ? "" : paint(this.view, "dim", `  ${duration(tookMs)}${place(reply)}`);
    if (typeof result === "string") this.#results.write(`${result}${took}\n`);
    else if (result) this.#results.write(result);
    else if (took) this.#remarks.write(`${remark ?? ""}${took}\n`);
    // A script asks for its notes only by reading results: what it did is in the exit code.
    const wanted = this.view.terminal || reply.kind !== "note";
    if (remark !== undefined && wanted && !(took && result === undefined)) this.say(remark);
  }
}

/** Which replica a read asked. */
function place(reply: Reply): string {
  const read = reply.kind === "read" ? reply.read : reply.kind === "reads" ? reply.reads[0] : undefined;
  const { replica = "" } = (reply.kind === "scan" ? reply.page : read) ?? {};
  return replica && ` at ${replica}`;
}

function duration(ms: number): string {
  return ms < 100 ? `${ms.toFixed(1)} ms` : `${Math.round(ms)} ms`;
}
