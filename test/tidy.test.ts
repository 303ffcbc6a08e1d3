/** The style guide that runs: what the compiler cannot hold, this does. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import t from "tap";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const FOLDERS = ["actors", "storage", "runtime", "cli", "test"] as const;
const TOP_LEVEL = [
  "package.json",
  "tsconfig.json",
  ...FOLDERS,
  "README.md",
  "package-lock.json",
  "LICENSE",
  "CHANGELOG.md",
];
const LINES_MOST = 300;
const FUNCTION_LINES_MOST = 50;

/** A package is the secret of these files. */
const SECRETS: Record<string, RegExp> = {
  lmdb: /^storage\/environment\.ts$/,
  comlink: /^runtime\/control\.ts$/,
  msgpackr: /^(storage\/codec|runtime\/transport\/frames)\.ts$/,
  "ajv/dist/2020.js": /^runtime\/schema\.ts$/,
  ulid: /^runtime\/ids\.ts$/,
  hono: /^runtime\/gateway\//,
  "@hono/node-server": /^runtime\/gateway\//,
  "@hono/zod-openapi": /^runtime\/gateway\//,
  piscina: /^cli\/(bench|simulation)\//,
  mime: /^cli\/files\/content-type\.ts$/,
  commander: /^cli\//,
  "cli-table3": /^cli\//,
  "cli-progress": /^cli\//,
  tap: /^test\//,
  preact: /^cli\/dashboard\//,
  "preact/hooks": /^cli\/dashboard\//,
  "@preact/signals": /^cli\/dashboard\//,
  uplot: /^cli\/dashboard\/parts\/plot\.tsx$/,
  "playwright-core": /^test\/browser\//,
};

/** What a pure core must not know. The compiler already keeps Node out. */
const IMPURE = /\b(Date|Math\.random|async|await|Promise|performance|setTimeout|setImmediate|console|process)\b/;

type Source = { path: string; text: string; imports: string[] };

const sources = FOLDERS.flatMap((folder) => read(folder));
const entries = new Set([
  "runtime/client.ts",
  "cli/main.ts",
  "cli/dashboard/main.tsx",
  "runtime/hosts/thread-entry.ts",
  "runtime/hosts/process-entry.ts",
  "runtime/healing/examiner-entry.ts",
  "test/golden/rewrite.ts",
  "test/bench/bench.ts",
  "test/browser/keep-pictures.ts",
  "test/compat/grade.ts",
  "test/crash/file-kills.ts",
  "test/crash/folder-kills.ts",
  "test/crash/write-matrix.ts",
  "test/mutants/hunt.ts",
  "test/mutants/run.ts",
  "test/suite.ts",
]);

t.test("the top level holds what it should and no more", async (t) => {
  const visible = readdirSync(ROOT).filter((name) => !name.startsWith(".") && !name.endsWith(".tgz"));
  const known = new Set([...TOP_LEVEL, "node_modules", "dist", "ayes-data"]);
  t.same(
    visible.filter((name) => !known.has(name)),
    [],
  );
});

t.test("imports point left", async (t) => {
  for (const { path, imports } of sources) {
    const place = FOLDERS.indexOf(folderOf(path));
    const wrong = imports.filter(
      (target) => target.startsWith(".") && FOLDERS.indexOf(folderOf(resolve(path, target))) > place,
    );
    t.same(wrong, [], `${path} imports nothing from its right`);
  }
});

t.test("the core is pure", async (t) => {
  for (const { path, text, imports } of sources.filter((source) => source.path.startsWith("actors/"))) {
    t.same(
      imports.filter((target) => !target.startsWith(".")),
      [],
      `${path} imports only its own folder`,
    );
    const lines = code(text)
      .split("\n")
      .filter((line) => IMPURE.test(line));
    t.same(lines, [], `${path} knows no clock, no chance and no promise`);
  }
});

t.test("protocols do not import each other", async (t) => {
  for (const { path, imports } of sources.filter((source) => /^actors\/[a-z]+-phase\//.test(source.path))) {
    const others = imports.filter(
      (target) => /-phase\//.test(resolve(path, target)) && dirname(resolve(path, target)) !== dirname(path),
    );
    t.same(others, [], path);
  }
});

t.test("a package is one place's secret", async (t) => {
  for (const { path, imports } of sources) {
    for (const target of imports) {
      const allowed = SECRETS[target];
      if (allowed) t.match(path, allowed, `${target} is no business of ${path}`);
    }
  }
});

t.test("files say what they are, and stay small", async (t) => {
  for (const { path, text } of sources) {
    const lines = text.split("\n");
    const first = lines[0]?.startsWith("#!") ? lines[1] : lines[0];
    t.match(first, /^\/\*\*/, `${path} opens with a sentence`);
    t.ok(lines.length <= LINES_MOST + 1, `${path} has ${lines.length} lines, at most ${LINES_MOST}`);
    t.notMatch(basename(path), /util|helper|common|misc|manager|base/, `${path} has a name that says something`);
    if (path === "test/tidy.test.ts") continue; // It names what it forbids.
    t.notMatch(code(text), /export default|as any\b|: any\b/, `${path} has no default export and no any`);
    t.notMatch(text, /TODO|FIXME|XXX/, `${path} is finished`);
  }
});

t.test("functions stay small", async (t) => {
  for (const { path, text } of sources) {
    const long = functions(text).filter(({ lines }) => lines > FUNCTION_LINES_MOST);
    t.same(long, [], `${path} has no function over ${FUNCTION_LINES_MOST} lines`);
  }
});

t.test("every file is used", async (t) => {
  const used = new Set(sources.flatMap(({ path, imports }) => imports.map((target) => resolve(path, target))));
  for (const { path, text } of sources) {
    for (const [, target] of text.matchAll(/new URL\("(\.[^"]+)\.js"/g)) used.add(resolve(path, `${target}.js`));
  }
  const dead = sources.filter(({ path }) => !used.has(path) && !entries.has(path) && !path.endsWith(".test.ts"));
  t.same(
    dead.map(({ path }) => path),
    [],
  );
});

t.test("every folder says what it is", async (t) => {
  for (const folder of FOLDERS) t.match(readFileSync(join(ROOT, folder, "README.md"), "utf8"), /## Decisions/, folder);
});

function read(folder: string): Source[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => /\.tsx?$/.test(name) && !name.endsWith(".d.ts"))
    .map((name) => {
      const text = readFileSync(join(ROOT, folder, name), "utf8");
      const imports = [...code(text).matchAll(/(?:from|import)\s*\(?"([^"]+)"/g)].map(([, target]) => target ?? "");
      return { path: join(folder, name), text, imports };
    });
}

function folderOf(path: string): (typeof FOLDERS)[number] {
  return path.split("/")[0] as (typeof FOLDERS)[number];
}

function resolve(path: string, target: string): string {
  const source = normalize(join(dirname(path), target)).replace(/\.js$/, ".ts");
  return existsSync(join(ROOT, source)) ? source : source.replace(/\.ts$/, ".tsx");
}

/** The text without comments. */
function code(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, "").replaceAll(/(^|\s)\/\/.*$/gm, "$1");
}

/** Functions and methods by the shape the formatter gives them: from their header to the brace of the same indent. */
function functions(text: string): { name: string; lines: number }[] {
  const lines = text.split("\n");
  return lines.flatMap((line, start) => {
    const header =
      /^(\s*)(?:export )?(?:(?:async )?function\*? (\w+)|(?:static |async |\*|get |set )*(#?\w+)\()(?!.*;$)/.exec(line);
    if (!header || /^\s*(if|for|while|switch|return|catch)\b/.test(line)) return [];
    const indent = header[1] ?? "";
    const end = lines.findIndex((other, index) => index > start && new RegExp(`^${indent}\\}`).test(other));
    return end < 0 ? [] : [{ name: header[2] ?? header[3] ?? "", lines: end - start + 1 }];
  });
}
