/** What is in a folder at each generation: every step to the next one replaces, makes and deletes a hundred files. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const REPLACED = 40;
const MOVED = 30;

/** The files of a generation. One that is made or deleted stands in a folder that comes and goes with it. */
export function filesOf(generation: number): Map<string, string> {
  const files = new Map<string, string>();
  if (generation === 0) return files;
  const texts = (name: string, count: number) => {
    for (let index = 0; index < count; index += 1) files.set(`${name}-${index}`, `${generation}:${name}:${index}\n`);
  };
  texts("page", REPLACED);
  texts(`${generation % 2 === 0 ? "even" : "odd"}/deep/part`, MOVED);
  return files;
}

/** The files on the disk, as any program finds them. */
export function filesIn(dir: string): Map<string, string> {
  const entries = readdirSync(dir, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const own = join(dir, ".ayes");
  const others = paths.filter((path) => !path.startsWith(own));
  return new Map(others.map((path) => [path.slice(dir.length + 1), readFileSync(path, "utf8")]));
}

/** What is wrong with a folder that nobody is changing. */
export function flawsOf(dir: string, generation: number): string[] {
  const [is, shall] = [filesIn(dir), filesOf(generation)];
  const wrong = [...shall]
    .filter(([path, text]) => is.get(path) !== text)
    .map(([path]) => `${path} is not as committed`);
  const more = [...is.keys()].filter((path) => !shall.has(path)).map((path) => `${path} should not be there`);
  return [...wrong, ...more, ...leftoversIn(dir)];
}

/** Nothing is left but whose folder it is, and what there is to undo. */
export function leftoversIn(dir: string): string[] {
  const own = join(dir, ".ayes");
  if (!existsSync(own)) return [];
  const strays = readdirSync(own).filter((name) => !["folder.json", "undo.json", ...FOLDERS].includes(name));
  const staged = readdirSync(join(own, "staged"));
  const found = readdirSync(join(own, "conflicts"));
  const kept = readdirSync(join(own, "kept")).slice(1);
  return [...strays, ...staged, ...found, ...kept].map((name) => `.ayes: ${name} is left over`);
}

const FOLDERS = ["staged", "kept", "conflicts"];
