/** What this computer's disk refuses, as a mistake that a person can do something about. */

import { Problem } from "../language/problem.js";

const SAYS: Readonly<Record<string, string>> = {
  ENOENT: "it does not exist",
  EEXIST: "it exists already",
  EACCES: "there is no permission",
  EPERM: "there is no permission",
  EISDIR: "it is a folder",
  ENOTDIR: "a part of its path is no folder",
  ELOOP: "it is a symbolic link",
  ENXIO: "it is no ordinary file",
  ENOSPC: "the disk is full",
  EDQUOT: "the disk is full",
  EROFS: "the disk is read-only",
  ENAMETOOLONG: "the name is too long",
  EMFILE: "too many files are open",
};

/** Errors of the disk name what they are about; all others stay what they are. */
export function localProblem(path: string, error: unknown): unknown {
  const { code, syscall, message } = Object(error) as Partial<NodeJS.ErrnoException>;
  if (syscall === undefined || code === undefined) return error;
  return new Problem(`${JSON.stringify(path)}: ${SAYS[code] ?? message ?? code}`);
}
