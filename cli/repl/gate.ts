/** Holds back what is typed or pasted ahead while a statement runs, line by line; Ctrl-C passes at once. */

import { Transform, type TransformCallback } from "node:stream";
import type { ReadStream } from "node:tty";

const LINE_ENDS = /[\r\n]/;
const CTRL_C = 0x03;
/** How long a line end may take to become a statement. Some never do: the second half of CR LF, Alt-Enter. */
const SETTLE_MS = 10;

/** Stands between the terminal and the line editor, and looks like a terminal to it. */
export class Gate extends Transform {
  readonly isTTY = true;
  readonly #terminal: ReadStream;
  readonly #interrupt: () => void;
  readonly #busy: () => boolean;
  #held = "";
  #closed = false;

  /** `busy` tells whether a statement runs; `interrupt` is called for a Ctrl-C meanwhile. */
  constructor(terminal: ReadStream, busy: () => boolean, interrupt: () => void) {
    super();
    this.#busy = busy;
    this.#terminal = terminal;
    this.#interrupt = interrupt;
    terminal.pipe(this);
  }

  get isRaw(): boolean {
    return this.#terminal.isRaw;
  }

  setRawMode(raw: boolean): this {
    this.#terminal.setRawMode(raw);
    return this;
  }

  /** A statement is done: the next line may come. */
  open(): void {
    this.#closed = false;
    this.#release();
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    if (this.#closed && chunk.includes(CTRL_C)) {
      this.#held = "";
      this.#interrupt();
    } else {
      // Bytes rather than characters, so that a character cut between two chunks stays whole.
      this.#held += chunk.toString("latin1");
      this.#release();
    }
    done();
  }

  /** Lets through up to one line end, and shuts behind it. */
  #release(): void {
    if (this.#closed || this.#held === "") return;
    const end = this.#held.search(LINE_ENDS);
    const cut = end < 0 ? this.#held.length : end + 1;
    const passed = this.#held.slice(0, cut);
    this.#held = this.#held.slice(cut);
    this.#closed = end >= 0;
    if (this.#closed) setTimeout(() => this.#busy() || this.open(), SETTLE_MS);
    this.push(Buffer.from(passed, "latin1"));
  }
}
