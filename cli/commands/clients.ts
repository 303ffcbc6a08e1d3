/** `ayes run --clients N FILES...`: several clients at once, each with a connection and streams of its own. */

import { once } from "node:events";
import { answerFacts, answerText, summaryText } from "../output/answers.js";
import { jsonLine } from "../output/json.js";
import { Printer } from "../output/printer.js";
import { showTask } from "../output/progress.js";
import { viewOf } from "../output/view.js";
import { Connection } from "../session/link.js";
import { EXIT } from "../session/reply.js";
import { type Answer, Client, deal } from "../streams/client.js";
import { type Mistake, openStream, type Stream } from "../streams/stream.js";
import { Tally } from "../streams/tally.js";
import { connect } from "./engine.js";
import type { Flags } from "./scripts.js";
import { onStopSignal } from "./signals.js";

export type ClientFlags = Flags & { clients: number; summary?: boolean };

/** Nothing runs unless all files are understood and the cluster answers. Returns the worst exit code of all answers. */
export async function runClients(place: string, files: readonly string[], flags: ClientFlags): Promise<number> {
  const printer = new Printer(viewOf(process.stdout, flags, "ayes "));
  const mistakes: Mistake[] = [];
  const streams: Stream[] = [];
  for (const file of files) streams.push(await openStream(file, mistakes));
  for (const { problem, ...typed } of mistakes) printer.fail(problem, typed);
  if (mistakes.length > 0) return EXIT.usage;
  const links = Array.from({ length: flags.clients }, () => new Connection(() => connect(place)));
  try {
    await links[0]?.cluster();
    return await run(links, streams, flags, printer);
  } finally {
    await Promise.all(links.map((link) => link.close()));
  }
}

let drained: Promise<unknown> | undefined;

/** Whoever reads slowly holds the clients up, not the memory. */
async function write(text: string): Promise<void> {
  if (process.stdout.write(text)) return;
  drained ??= once(process.stdout, "drain").finally(() => {
    drained = undefined;
  });
  await drained;
}

async function run(
  links: readonly Connection[],
  streams: readonly Stream[],
  flags: ClientFlags,
  { view }: Printer,
): Promise<number> {
  const hands = deal(streams, links.length);
  const of = hands.flat().reduce((sum, { size }) => sum + size, 0);
  const tally = new Tally();
  const stop = new AbortController();
  let stopped = 0;
  const forget = onStopSignal((code) => {
    stopped = code;
    stop.abort();
  });
  const report = async (answer: Answer) => {
    tally.count(answer);
    if (flags.summary) return;
    const line = view.json ? jsonLine(answerFacts(answer)) : answerText(view, answer);
    await write(`${line}\n`);
  };
  const isInTheWay = process.stdout.isTTY && !flags.summary;
  const look = async () => ({ what: "statements", done: tally.statements, of });
  const hide = isInTheWay || flags.quiet ? () => undefined : showTask(look, "statements");
  const start = performance.now();
  const clients = links.map((link, index) => new Client(index + 1, link, report, stop.signal));
  try {
    await Promise.all(clients.map((client, index) => client.run(hands[index] ?? [])));
  } finally {
    hide();
    forget();
  }
  const summary = tally.summary(clients.length, streams.length, of, performance.now() - start);
  process.stdout.write(`${view.json ? jsonLine({ summary }) : summaryText(view, summary)}\n`);
  return stopped || tally.worst;
}
