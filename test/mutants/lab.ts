/** Makes a mutant out of a copy of the compiled code, lets the finder loose on it, and cleans up. */

import { spawn } from "node:child_process";
import { cpSync, linkSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Mix } from "../../runtime/simulation/plan.js";
import type { Hunt } from "./hunt.js";
import type { Mutant, Patch } from "./mutants.js";

/** The compiled code. Copies of it stand beside it, so that packages are found. */
const DIST = fileURLToPath(new URL("../../", import.meta.url));
const LAB = join(DIST, "..", "node_modules", ".cache", "ayes-mutants");
const PARTS = ["actors", "storage", "runtime", "cli", "test"];

/** Whether the mutant is found, by what, and after how many seeds. */
export async function examine(mutant: Mutant, seeds: number): Promise<Hunt> {
  const folder = join(LAB, mutant.name.replaceAll(/\W+/g, "-"));
  rmSync(folder, { recursive: true, force: true });
  try {
    plant(mutant, folder);
    return mutant.test
      ? await byTest(join(folder, mutant.test))
      : await bySimulator(folder, seeds, mutant.protocol ?? "2pc");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function plant({ name, patches, test }: Mutant, folder: string): void {
  for (const part of PARTS) linkCode(join(DIST, part), join(folder, part));
  // Where the conversations are for a test that is there.
  if (test) cpSync(join(DIST, "..", "test", "golden"), join(LAB, "test", "golden"), { recursive: true });
  // The program says its version.
  cpSync(join(DIST, "..", "package.json"), join(LAB, "package.json"));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
  for (const patch of patches) apply(name, patch, join(folder, patch.file));
}

/** Links are made thirty times as fast as copies. What is to differ must be replaced, never written to. */
function linkCode(source: string, target: string): void {
  for (const file of readdirSync(source, { recursive: true, encoding: "utf8" })) {
    if (!file.endsWith(".js")) continue;
    const place = join(target, file);
    mkdirSync(dirname(place), { recursive: true });
    linkSync(join(source, file), place);
  }
}

function apply(name: string, patch: Patch, path: string): void {
  const text = patched(name, patch, readFileSync(path, "utf8"));
  rmSync(path);
  writeFileSync(path, text);
}

/** The text with the patch. One that no longer fits would test nothing, so it is an error. */
function patched(name: string, { find, put, file }: Patch, text: string): string {
  const parts = text.split(find);
  if (parts.length !== 2) throw new Error(`${name}: ${JSON.stringify(find)} is ${parts.length - 1} times in ${file}`);
  return parts.join(put);
}

/** Throws when a patch does not fit the code as it is now. */
export function checkFit({ name, patches }: Mutant): void {
  const texts = new Map<string, string>();
  for (const patch of patches) {
    const text = texts.get(patch.file) ?? readFileSync(join(DIST, patch.file), "utf8");
    texts.set(patch.file, patched(name, patch, text));
  }
}

async function bySimulator(folder: string, seeds: number, protocol: Mix): Promise<Hunt> {
  const { output, code } = await run([
    join(folder, "test/mutants/hunt.js"),
    "--seeds",
    String(seeds),
    "--protocol",
    protocol,
  ]);
  if (code !== 0) throw new Error(`the hunt failed: ${output}`);
  return JSON.parse(output.trim().split("\n").at(-1) ?? "") as Hunt;
}

async function byTest(file: string): Promise<Hunt> {
  const { output, code } = await run([file]);
  const failed = /^not ok \d+ - (.*?)( #.*)?$/m.exec(output)?.[1] ?? "";
  if (code !== 0 && failed === "") throw new Error(`${file} did not run: ${output}`);
  return { found: code !== 0, seeds: 0, by: `${basename(file)}: ${failed}` };
}

function run(args: string[]): Promise<{ output: string; code: number | null }> {
  const { NODE_OPTIONS: _, ...env } = process.env;
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { env, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    child.stdout.on("data", (chunk) => {
      output += chunk;
    });
    child.stderr.on("data", (chunk) => {
      output += chunk;
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ output, code }));
  });
}
