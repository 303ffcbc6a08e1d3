/** Temporary folders that end with their test. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Test } from "tap";

/** A new empty folder, removed when the test is over. */
export function temporaryFolder(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), "ayes-test-"));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
