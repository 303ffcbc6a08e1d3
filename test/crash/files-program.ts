/** A program that looks whether its files are as they must be, says what it found, and writes until it is killed. */

import { writeSync } from "node:fs";
import { open } from "../../runtime/client.js";
import { fileViolations, type Said, STORIES, type Story, tell, versions } from "./file-load.js";

/** What it says, as one line of JSON. */
export type Line = { found: string[]; versions: Record<Story, number> } | Said;

const [data = "", hosts = "", files = "0"] = process.argv.slice(2);
if (data === "") process.exit(0); // Started by somebody who takes it for a test.

function say(line: Line): void {
  writeSync(1, `${JSON.stringify(line)}\n`);
}

const cluster = await open({
  data,
  hosts: hosts === "threads" ? "threads" : "processes",
  settings: { inquireAfterMs: 50, resendAfterMs: 50 },
});
const found = await fileViolations(cluster, data);
const begun = await versions(cluster);
say({ found, versions: begun });
await Promise.all(
  STORIES.map((story) => tell(cluster, { story, from: begun[story], files: Number(files), goesOn: () => true, say })),
);
