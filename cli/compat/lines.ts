/** Lines and answers as bytes: cutting what the master sends, framing what it is told. */

/** How answers are told apart: a newline ends each, or `<decimal byte length>-` begins it. */
export type Framing = "line" | "length";

export const FRAMINGS = ["line", "length"] as const satisfies readonly Framing[];

export type Answer =
  /** This process has become coordinator. */
  | { kind: "coordinator"; id: number }
  | { kind: "resp"; url: string | undefined }
  | { kind: "ack"; outcome: "commit" | "abort" }
  /** For people: the published master prints what it does not know. */
  | { kind: "error"; why: string };

export function encodeAnswer(answer: Answer, framing: Framing): Buffer {
  const payload = Buffer.from(textOf(answer));
  return framing === "line"
    ? Buffer.concat([payload, Buffer.from("\n")])
    : Buffer.concat([Buffer.from(`${payload.length}-`), payload]);
}

function textOf(answer: Answer): string {
  switch (answer.kind) {
    case "coordinator":
      return `coordinator ${answer.id}`;
    case "resp":
      return `resp ${answer.url ?? "NONE"}`;
    case "ack":
      return `ack ${answer.outcome}`;
    case "error":
      return `error ${answer.why.replaceAll(/\s+/g, " ")}`;
  }
}

/** A line longer than this is dropped as a whole. */
export const LINE_LIMIT_BYTES = 64 * 1024;

/** Text, or why there is none. */
export type Line = { text: string } | { flaw: string };

const NEWLINE = 10;
const CARRIAGE_RETURN = 13;

/** Cuts a stream into lines. Feed it every chunk in order. It keeps at most one line, and of that at most the limit. */
export class LineReader {
  #begun: Buffer[] = [];
  #length = 0;

  /** The lines that this chunk completes. */
  *push(chunk: Buffer): Iterable<Line> {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      this.#keep(chunk.subarray(start, end));
      yield this.#take();
      start = end + 1;
    }
    this.#keep(chunk.subarray(start));
  }

  #keep(part: Buffer): void {
    this.#length += part.length;
    if (this.#length <= LINE_LIMIT_BYTES) this.#begun.push(Buffer.from(part));
    else this.#begun = [];
  }

  #take(): Line {
    const length = this.#length;
    const whole = Buffer.concat(this.#begun);
    this.#begun = [];
    this.#length = 0;
    if (length > LINE_LIMIT_BYTES) return { flaw: `a line of ${length} bytes; the limit is ${LINE_LIMIT_BYTES}` };
    const bytes = whole.at(-1) === CARRIAGE_RETURN ? whole.subarray(0, -1) : whole;
    try {
      return { text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes) };
    } catch {
      return { flaw: "a line that is no UTF-8" };
    }
  }
}
