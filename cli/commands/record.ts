/** `ayes record`: all that a running cluster does from now on, in a file, until Ctrl-C. */

import { AyesError, type ErrorCode } from "../../runtime/errors.js";
import { bytesText, counted } from "../output/amounts.js";
import { jsonLine } from "../output/json.js";
import { RecordingFile } from "../past/recording-file.js";
import { EXIT } from "../session/reply.js";
import { placeOf } from "./place.js";
import type { Flags } from "./scripts.js";
import { onStopSignal } from "./signals.js";

export type RecordFlags = Flags & { seconds?: number };

type Refused = { error?: { code?: ErrorCode; message?: string } };

/** Ends at Ctrl-C, after the seconds asked for, or with the cluster. 1 if the cluster gave it up. */
export async function record(path: string, url: string | undefined, flags: RecordFlags): Promise<number> {
  const place = placeOf(url ?? flags.url);
  const ending = new AbortController();
  const forget = onStopSignal(() => ending.abort());
  try {
    const lines = await recordingOf(place, ending.signal);
    const file = new RecordingFile(path);
    const timer = flags.seconds && setTimeout(() => ending.abort(), flags.seconds * 1000);
    if (!flags.quiet && !flags.json) process.stderr.write(`recording ${place}; Ctrl-C ends it\n`);
    const givenUp = await pour(lines, file);
    clearTimeout(timer || undefined);
    file.close();
    const facts = { file: path, turns: file.turns, bytes: file.bytes, ...(givenUp !== undefined && { givenUp }) };
    const said = `recorded ${counted(file.turns, "turn")} in ${path} (${bytesText(file.bytes)})`;
    process.stdout.write(`${flags.json ? jsonLine(facts) : said}\n`);
    if (givenUp !== undefined && !flags.json) process.stderr.write(`it was given up: ${givenUp}\n`);
    return givenUp === undefined ? EXIT.done : EXIT.refused;
  } finally {
    forget();
  }
}

/** Whole lines only. Why the cluster gave it up, if it did. */
async function pour(pieces: AsyncIterable<Uint8Array>, file: RecordingFile): Promise<string | undefined> {
  const decoder = new TextDecoder();
  let rest = "";
  let last = "";
  try {
    for await (const piece of pieces) {
      const lines = (rest + decoder.decode(piece, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        if (line === "") continue;
        file.take(`${line}\n`);
        last = line;
      }
    }
  } catch {
    // It was ended here, or the cluster is gone: what is whole is good.
  }
  return last.startsWith('{"kind":"given-up"') ? (JSON.parse(last) as { reason: string }).reason : undefined;
}

async function recordingOf(place: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
  const headers = { "content-type": "application/json", "x-ayes": "record" };
  const asked = fetch(new URL("/v1/recording", place), { method: "POST", headers, body: "{}", signal });
  const response = await asked.catch(() => {
    throw new AyesError("no-cluster", `nothing answers at ${place}`);
  });
  if (response.ok && response.body) return response.body;
  const { error } = (await response.json().catch(() => ({}))) as Refused;
  throw new AyesError(error?.code ?? "no-cluster", error?.message ?? `${place} answers ${response.status}`);
}
