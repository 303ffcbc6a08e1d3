/** Which known word a mistyped one was probably meant to be. */

/** The candidate with the fewest edits, if it is near enough to be worth naming. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const typed = word.toLowerCase();
  let best: { candidate: string; distance: number } | undefined;
  for (const candidate of candidates) {
    const distance = edits(typed, candidate.toLowerCase());
    if (!best || distance < best.distance) best = { candidate, distance };
  }
  if (!best) return undefined;
  const limit = Math.max(1, Math.floor(Math.max(typed.length, best.candidate.length) * 0.4));
  return best.distance <= limit ? best.candidate : undefined;
}

/** A hint to append to an error; empty when nothing is near. */
export function didYouMean(word: string, candidates: Iterable<string>): string {
  const found = nearest(word, candidates);
  return found === undefined ? "" : `; did you mean ${found}?`;
}

/** Insertions, deletions, replacements and swaps of neighbours (optimal string alignment). */
function edits(left: string, right: string): number {
  // Nobody means a known word by a very long one, and the table would grow with its square.
  if (Math.abs(left.length - right.length) > 8) return Number.POSITIVE_INFINITY;
  const rows: number[][] = [Array.from({ length: right.length + 1 }, (_, column) => column)];
  for (let row = 1; row <= left.length; row += 1) {
    const line = [row];
    for (let column = 1; column <= right.length; column += 1) {
      line.push(cheapest(rows, line, left, right, row, column));
    }
    rows.push(line);
  }
  return at(rows, left.length, right.length);
}

function cheapest(rows: number[][], line: number[], left: string, right: string, row: number, column: number): number {
  const same = left[row - 1] === right[column - 1];
  const best = Math.min(
    at(rows, row - 1, column) + 1,
    (line[column - 1] ?? 0) + 1,
    at(rows, row - 1, column - 1) + (same ? 0 : 1),
  );
  const swapped = row > 1 && column > 1 && left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
  return swapped ? Math.min(best, at(rows, row - 2, column - 2) + 1) : best;
}

function at(rows: number[][], row: number, column: number): number {
  return rows[row]?.[column] ?? 0;
}
