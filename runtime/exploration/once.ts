/** What follows from a small number, worked out once for each. */

export function once<T>(work: (number: number) => T): (number: number) => T {
  const known: T[] = [];
  return (number) => {
    known[number] ??= work(number);
    return known[number];
  };
}
