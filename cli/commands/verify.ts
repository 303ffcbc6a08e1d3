/** `ayes verify`: looks at a folder or at a running cluster, and says what is wrong and what to do. */

import { AyesError, ERRORS } from "../../runtime/errors.js";
import type { Task, Verification } from "../../runtime/healing-api.js";
import { Problem } from "../language/problem.js";
import { Printer } from "../output/printer.js";
import { showTask } from "../output/progress.js";
import { verificationLines, verificationText } from "../output/verification.js";
import { viewOf } from "../output/view.js";
import { EXIT } from "../session/reply.js";
import { connect, verifyFolder } from "./engine.js";
import { isUrl, placeOf } from "./place.js";
import type { Flags } from "./scripts.js";

/** 0 when all is whole, 1 when something is wrong. */
export async function verify(place: string | undefined, flags: Flags): Promise<number> {
  const printer = new Printer(viewOf(process.stdout, flags, "ayes "));
  const local = place !== undefined && !isUrl(place);
  try {
    const found = local ? await inFolder(place) : await inCluster(placeOf(place ?? flags.url));
    const { view } = printer;
    const lines = view.json
      ? verificationLines(found).map((line) => JSON.stringify(line))
      : [verificationText(view, found)];
    process.stdout.write(`${lines.join("\n")}\n`);
    return found.whole ? EXIT.done : EXIT.refused;
  } catch (error) {
    if (!(error instanceof AyesError)) throw error;
    if (error.code === "in-use") {
      throw new Problem(`${error.message}; name its URL instead, for example: ayes verify http://127.0.0.1:7411`);
    }
    // The description of the cluster beside the nodes is damaged.
    if (ERRORS[error.code].class !== "broken") throw error;
    printer.fail(error);
    return EXIT.refused;
  }
}

async function inFolder(folder: string): Promise<Verification> {
  const task: Task = { what: "verify", done: 0, of: 0 };
  const hide = showTask(async () => task, "rows");
  try {
    return await verifyFolder(folder, task);
  } finally {
    hide();
  }
}

async function inCluster(url: string): Promise<Verification> {
  const cluster = await connect(url);
  const hide = showTask(async () => (await cluster.status()).tasks?.find(({ what }) => what === "verify"), "rows");
  try {
    return await cluster.verify();
  } finally {
    hide();
    await cluster.close();
  }
}
