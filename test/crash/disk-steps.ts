/** Counts what this thread does to a folder on the disk, and does something before the n-th step. */

import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

type Call = (...args: unknown[]) => unknown;

const LATER = ["rename", "link", "rm", "mkdir", "rmdir", "chmod", "open"];
const AT_ONCE = ["openSync", "writeSync", "fsyncSync", "renameSync"];

export class DiskSteps {
  #count = 0;
  #before: ((step: number, name: string) => void) | undefined;

  /** From now on every step in this folder is seen. */
  constructor(folder: string) {
    this.#patch(fs.promises as unknown as Record<string, Call>, LATER, folder);
    this.#patch(fs as unknown as Record<string, Call>, AT_ONCE, folder);
    syncBuiltinESMExports();
  }

  /** Counts from here on. */
  arm(before: (step: number, name: string) => void): void {
    this.#count = 0;
    this.#before = before;
  }

  get count(): number {
    return this.#count;
  }

  #patch(owner: Record<string, Call>, names: readonly string[], folder: string): void {
    for (const name of names) {
      const real = owner[name] as Call;
      owner[name] = (...args) => {
        const [subject] = args;
        if (this.#before && (typeof subject === "number" || String(subject).startsWith(folder))) {
          this.#count += 1;
          this.#before(this.#count, name);
        }
        return real.apply(owner, args);
      };
    }
  }
}
