/** What `npm publish` would send: what is needed and no more, with types and exports that resolve, and it works where it is unpacked. */

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { publint } from "publint";
import t from "tap";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "ayes-package-"));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));

type Packed = { filename: string; size: number; files: { path: string }[] };

const WORDS = ["pack", "--json", "--ignore-scripts", "--pack-destination", folder];
const quiet = { cwd: ROOT, encoding: "utf8", stdio: "pipe" } as const;
const [packed] = JSON.parse(execFileSync("npm", WORDS, quiet)) as Packed[];
const tarball = join(folder, packed?.filename ?? "");
const paths = packed?.files.map(({ path }) => path) ?? [];

t.test("only what runs, its types, and what tells of it", async (t) => {
  const known = /^(package\.json|README\.md|LICENSE|CHANGELOG\.md|dist\/(actors|storage|runtime|cli)\/.*)$/;
  t.same(
    paths.filter((path) => !known.test(path)),
    [],
  );
  t.same(
    paths.filter((path) => /\.(map|tsx?|tsbuildinfo|test\.js)$/.test(path) && !path.endsWith(".d.ts")),
    [],
  );
  for (const needed of ["dist/cli/main.js", "dist/runtime/client.d.ts", "dist/cli/dashboard-page/index.html"]) {
    t.ok(paths.includes(needed), needed);
  }
});

t.test("exports and types resolve", async (t) => {
  const { messages } = await publint({ pkgDir: ROOT, strict: true });
  t.same(messages, []);
  const found = await checkPackage(createPackageFromTarballData(new Uint8Array(readFileSync(tarball))));
  // It is ESM only: loaders from before that do not find it, and those of CommonJS have to import it.
  const meant = ["node10 NoResolution", "node16-cjs CJSResolvesToESM"];
  const problems = found.types === false ? ["no types"] : found.problems.map(nameOf);
  t.same(problems.sort(), meant);
});

function nameOf(problem: object & { kind: string }): string {
  return `${"resolutionKind" in problem ? problem.resolutionKind : ""} ${problem.kind}`;
}

const CONSUMER = `import { open, type Cluster } from "ayes";
const cluster: Cluster = await open({ temporary: true });
const { outcome } = await cluster.put("a", [1, "b"]);
const { value } = await cluster.get("a");
await cluster.close();
console.log(outcome, JSON.stringify(value));
`;

t.test("unpacked in another project it is typed, and runs", async (t) => {
  const modules = join(folder, "node_modules");
  mkdirSync(join(modules, "ayes"), { recursive: true });
  execFileSync("tar", ["-xzf", tarball, "-C", join(modules, "ayes"), "--strip-components", "1"]);
  // What it depends on is there, as after an installation.
  for (const name of readdirSync(join(ROOT, "node_modules"))) {
    if (!name.startsWith(".") && name !== "ayes") symlinkSync(join(ROOT, "node_modules", name), join(modules, name));
  }
  writeFileSync(join(folder, "package.json"), '{"type":"module"}');
  writeFileSync(join(folder, "consumer.ts"), CONSUMER);
  const options = [
    "--module",
    "nodenext",
    "--target",
    "es2023",
    "--strict",
    "--skipLibCheck",
    "false",
    "--types",
    "node",
  ];
  const tsc = join(ROOT, "node_modules", ".bin", "tsc");
  const inside = { cwd: folder, encoding: "utf8" } as const;
  t.equal(execFileSync(tsc, [...options, "consumer.ts"], inside), "");
  t.equal(execFileSync(process.execPath, ["consumer.js"], inside), 'committed [1,"b"]\n');
  const main = join(modules, "ayes", "dist", "cli", "main.js");
  t.match(execFileSync(process.execPath, [main, "--version"], inside), /^\d+\.\d+\.\d+\n$/);
});
