/** The files that are being read: opened once, so that whoever reads sees one file whatever becomes of its name. */

import { type FileRow, fileKey } from "../../actors/file.js";
import { AyesError } from "../errors.js";
import type { FileTraffic, OpenFile } from "../files-api.js";
import { newId } from "../ids.js";
import { describe } from "../json-shape.js";
import type { ReadOptions, Snapshot, SnapshotQuery } from "../reading-api.js";
import { statOf } from "./content.js";
import { checkPath } from "./path.js";
import { type Keeper, type OnDamage, VerifiedContent } from "./verified.js";

/** Readings at once. Each holds a file open. */
const MOST = 4096;
const IDLE_MS = 60_000;
const SWEEP_MS = 5000;
/** A file that is replaced again and again while it is being opened. */
const TRIES = 5;

export type OpenFilesOptions = {
  keepers: readonly Keeper[];
  snapshot(query: SnapshotQuery, options?: ReadOptions): Promise<Snapshot>;
  onDamage: OnDamage;
};

type Reading = { file: VerifiedContent; touchedAt: number };

export class OpenFiles implements Pick<FileTraffic, "openFile" | "readFile" | "closeFile"> {
  readonly #options: OpenFilesOptions;
  readonly #readings = new Map<string, Reading>();
  readonly #sweeper: NodeJS.Timeout;

  constructor(options: OpenFilesOptions) {
    this.#options = options;
    this.#sweeper = setInterval(() => this.#sweep(), SWEEP_MS).unref();
  }

  async openFile(path: string, options?: ReadOptions): Promise<OpenFile> {
    const checked = checkPath(path);
    if (this.#readings.size >= MOST) throw new AyesError("overloaded", `${MOST} files are being read`);
    for (let tries = 0; tries < TRIES; tries += 1) {
      const { entries, replica } = await this.#options.snapshot({ keys: [fileKey(checked)] }, options);
      const [found] = entries;
      if (found?.value === undefined) throw noFile(checked);
      const row = found.value as FileRow;
      const { onDamage } = this.#options;
      const file = new VerifiedContent(row, this.#from(replica), onDamage);
      if (await file.open()) {
        const id = newId();
        this.#readings.set(id, { file, touchedAt: Date.now() });
        return { ...statOf(checked, found.version ?? "", row), id, replica: file.node ?? replica };
      }
    }
    throw new AyesError("corrupt-data", `no replica has the bytes of ${JSON.stringify(checked)}`, { file: checked });
  }

  async readFile(id: string, position: number): Promise<Uint8Array> {
    const reading = this.#readings.get(id);
    if (!reading) throw new AyesError("not-found", "this file is not open, or was not read for a minute");
    if (!Number.isSafeInteger(position) || position < 0) {
      throw new AyesError("invalid", `the position must be a number of bytes, not ${describe(position)}`);
    }
    reading.touchedAt = Date.now();
    return reading.file.read(position);
  }

  async closeFile(id: string): Promise<void> {
    const reading = this.#readings.get(id);
    this.#readings.delete(id);
    await reading?.file.close();
  }

  async close(): Promise<void> {
    clearInterval(this.#sweeper);
    await Promise.all([...this.#readings.keys()].map((id) => this.closeFile(id)));
  }

  /** The replica that was asked for the row first. */
  #from(replica: string): Keeper[] {
    const { keepers } = this.#options;
    return [...keepers].sort((left, right) => Number(right.node === replica) - Number(left.node === replica));
  }

  #sweep(): void {
    const before = Date.now() - IDLE_MS;
    for (const [id, { touchedAt }] of this.#readings) if (touchedAt < before) void this.closeFile(id);
  }
}

export function noFile(path: string): AyesError {
  return new AyesError("not-found", `there is no file ${JSON.stringify(path)}`, { file: path });
}
