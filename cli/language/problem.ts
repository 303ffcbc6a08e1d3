/** A line that cannot be understood: what is wrong, where, and what was probably meant. */

/** A mistake in what a person typed. `position` counts characters of the text. */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly position: number | undefined;
  /** The text only lacks its end: an open quote or bracket, which the next line may close. */
  readonly unfinished: boolean;

  constructor(message: string, position?: number, unfinished = false) {
    super(message);
    this.position = position;
    this.unfinished = unfinished;
  }
}

const WIDTH = 100;

/** The line that holds the position, with a caret under it; nothing for a mistake without a position. */
export function pointAt(text: string, position: number | undefined): string[] {
  if (position === undefined) return [];
  const start = text.lastIndexOf("\n", position - 1) + 1;
  const end = text.indexOf("\n", position);
  const line = text.slice(start, end < 0 ? undefined : end).replaceAll("\t", " ");
  const column = Math.min(position - start, line.length);
  // A long line is cut around the caret, so that the caret stays on the screen.
  const cut = Math.max(0, column - WIDTH + 20);
  return [line.slice(cut, cut + WIDTH), `${" ".repeat(column - cut)}^`];
}
