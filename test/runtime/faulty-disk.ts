/** A disk that is slow or refuses: a preloaded library stands before the flush of every `data.mdb`. */

import { spawnSync } from "node:child_process";
import { renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The file `fault` beside a `data.mdb` holds the milliseconds that its flushes take longer, or -1 to let them fail. */
const SOURCE = `
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int faulty(int file) {
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 9) return 0;
  path[length] = 0;
  if (strcmp(path + length - 9, "/data.mdb") != 0) return 0;
  strcpy(path + length - 8, "fault");
  FILE *plan = fopen(path, "r");
  if (!plan) return 0;
  int ms = 0;
  if (fscanf(plan, "%d", &ms) != 1) ms = 0;
  fclose(plan);
  if (ms < 0) { errno = EIO; return 1; }
  usleep(ms * 1000);
  return 0;
}

int fdatasync(int file) {
  int (*real)(int) = dlsym(RTLD_NEXT, "fdatasync");
  return faulty(file) ? -1 : real(file);
}

int fsync(int file) {
  int (*real)(int) = dlsym(RTLD_NEXT, "fsync");
  return faulty(file) ? -1 : real(file);
}
`;

/** Compiles the library. A reason why not is a string. */
export function compileFaultyDisk(folder: string): { library: string } | string {
  if (process.platform !== "linux") return "needs LD_PRELOAD and /proc";
  const source = join(folder, "faulty-disk.c");
  const library = join(folder, "faulty-disk.so");
  writeFileSync(source, SOURCE);
  const { status, stderr } = spawnSync("cc", ["-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], {
    encoding: "utf8",
  });
  if (status === 0) return { library };
  return `no working C compiler (cc): ${stderr ?? "not found"}`;
}

/** Makes the flushes of a node slow (milliseconds), refuses them, or heals the disk. */
export function afflict(data: string, node: string, fault: number | "refuse" | "none"): void {
  const plan = join(data, "nodes", node, "lmdb", "fault");
  if (fault === "none") {
    rmSync(plan, { force: true });
    return;
  }
  writeFileSync(`${plan}.draft`, String(fault === "refuse" ? -1 : fault));
  renameSync(`${plan}.draft`, plan);
}
