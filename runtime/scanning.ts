/** All entries of a range, page by page. */

import type { Entry, ScanPage, ScanQuery } from "./reading-api.js";

export async function* entriesOf(
  query: ScanQuery | undefined,
  scan: (query: ScanQuery | undefined) => Promise<ScanPage>,
): AsyncGenerator<Entry, void, void> {
  let rest = query;
  do {
    const page = await scan(rest);
    yield* page.entries;
    rest = page.next;
  } while (rest !== undefined);
}
