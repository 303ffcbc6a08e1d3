/** Kills a program in its folder commits, again and again, and asks the next one what it finds. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const PROGRAM = fileURLToPath(new URL("./folder-program.js", import.meta.url));
/** About as many steps on the disk has a commit; a few later ones fall into the next commit. */
const STEPS = 640;
const LONGEST_MS = 300;

/** How often the folder was as before the commit that the kill struck, and how often as after it. */
export type Tally = { kills: number; old: number; fresh: number; flaws: string[] };

type Line = { generation?: number; flaws?: string[]; outcome?: string };

/** So many kills, the same number in each lane, all lanes at once: each has a cluster and a folder of its own. */
export async function killFolders(
  kills: number,
  lanes: number,
  replicas: number,
  onKill: (tally: Tally) => void = () => {},
): Promise<Tally> {
  const tally: Tally = { kills: 0, old: 0, fresh: 0, flaws: [] };
  const each = Math.ceil(kills / lanes);
  const home = mkdtempSync(join(tmpdir(), "ayes-folder-kills-"));
  try {
    await Promise.all(
      Array.from({ length: lanes }, (_, lane) => {
        const steps = Array.from({ length: each }, (_, index) => stepOf(index * lanes + lane, kills));
        return runLane({ home: join(home, String(lane)), replicas }, steps, tally, onKill);
      }),
    );
    return tally;
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

/** Every third at any moment, the others at steps that are spread over the whole of a commit. */
function stepOf(index: number, kills: number): string {
  if (index % 3 === 2) return "any";
  const share = index / kills;
  return String(1 + ((Math.floor(share * STEPS) + (index >= STEPS ? Math.floor(Math.random() * STEPS) : 0)) % STEPS));
}

async function runLane(
  { home, replicas }: { home: string; replicas: number },
  steps: readonly string[],
  tally: Tally,
  onKill: (tally: Tally) => void,
): Promise<void> {
  const dir = join(home, "folder");
  mkdirSync(dir, { recursive: true });
  let acknowledged = 0;
  for (const step of [...steps, "0"]) {
    const words = [join(home, "data"), dir, step, String(replicas)];
    const lines = await run(words, step === "any" ? Math.random() * LONGEST_MS : undefined);
    const generation = judge(tally, lines[0], acknowledged, step);
    acknowledged = generation + lines.filter(({ outcome }) => outcome === "committed").length;
    if (step !== "0") tally.kills += 1;
    onKill(tally);
  }
}

/** What a life finds is what the one before was told of, or one commit more. */
function judge(tally: Tally, first: Line | undefined, acknowledged: number, step: string): number {
  const { generation = -1, flaws = ["it did not open"] } = first ?? {};
  tally.flaws.push(...flaws.map((flaw) => `generation ${generation}, to be killed at ${step} next: ${flaw}`));
  if (generation === acknowledged) tally.old += 1;
  else if (generation === acknowledged + 1) tally.fresh += 1;
  else tally.flaws.push(`generation ${generation} was found; ${acknowledged} was acknowledged`);
  return generation;
}

/** All that one life of the program said; it is killed so long after its first word, or by itself. */
async function run(words: readonly string[], killAfterMs: number | undefined): Promise<Line[]> {
  const { NODE_OPTIONS: _, ...env } = process.env;
  const child = spawn(process.execPath, [PROGRAM, ...words], { env, stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "close");
  const lines: Line[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(parse(line));
    if (lines.length === 1 && killAfterMs !== undefined) setTimeout(() => child.kill("SIGKILL"), killAfterMs).unref();
  }
  await ended;
  return lines;
}

/** A line may be cut in two by the kill. */
function parse(line: string): Line {
  try {
    return JSON.parse(line) as Line;
  } catch {
    return {};
  }
}
