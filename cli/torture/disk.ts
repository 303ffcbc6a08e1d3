/** A small disk of its own for one node, where the system lets us make one: it can be full without harm to anybody. */

import { spawnSync } from "node:child_process";
import { closeSync, cpSync, mkdirSync, openSync, renameSync, rmSync, statfsSync, writeSync } from "node:fs";
import { join } from "node:path";

const MEGABYTE = 1024 * 1024;
const SIZE_MB = 192;
const BALLAST = "ballast";

export class SmallDisk {
  readonly #folder: string;
  #mounted = true;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Moves a folder to a small disk that is mounted in its place. Returns why that cannot be, where it cannot. */
  static under(folder: string): SmallDisk | string {
    if (process.platform !== "linux") return `no small disk on ${process.platform}`;
    if (process.getuid?.() !== 0) return "only root can mount a small disk";
    const aside = `${folder}.aside`;
    renameSync(folder, aside);
    mkdirSync(folder, { mode: 0o700 });
    const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", `size=${SIZE_MB}m,mode=700`, "tmpfs", folder]);
    if (mounted.status === 0) {
      cpSync(aside, folder, { recursive: true });
      rmSync(aside, { recursive: true });
      return new SmallDisk(folder);
    }
    rmSync(folder, { recursive: true });
    renameSync(aside, folder);
    return `mount refused: ${mounted.error?.message ?? mounted.stderr.toString().trim()}`;
  }

  /** Fills it up to so many bytes. */
  fill(leaveBytes: number): void {
    const file = openSync(join(this.#folder, BALLAST), "a");
    const block = Buffer.alloc(MEGABYTE / 4);
    try {
      for (let room = this.#room(); room > leaveBytes; room = this.#room()) {
        writeSync(file, block, 0, Math.min(block.length, room - leaveBytes));
      }
    } catch {
      // Somebody else took the last of it.
    } finally {
      closeSync(file);
    }
  }

  free(): void {
    rmSync(join(this.#folder, BALLAST), { force: true });
  }

  /** Takes the disk away, with what it holds left in its place if that is to be kept. Nobody may have it open. */
  remove({ keep }: { keep: boolean }): void {
    if (!this.#mounted) return;
    this.#mounted = false;
    const aside = `${this.#folder}.aside`;
    if (keep) cpSync(this.#folder, aside, { recursive: true });
    spawnSync("umount", ["--lazy", this.#folder]);
    if (keep) cpSync(aside, this.#folder, { recursive: true });
    rmSync(aside, { recursive: true, force: true });
  }

  #room(): number {
    const { bavail, bsize } = statfsSync(this.#folder);
    return bavail * bsize;
  }
}
