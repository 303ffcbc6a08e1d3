/** `ayes folder`: attaches ordinary folders to a running cluster, shows them, takes back what was done, and detaches them. */

import type { Cluster } from "../../runtime/api.js";
import { AyesError } from "../../runtime/errors.js";
import type { FolderStatus } from "../../runtime/folders-api.js";
import { didYouMean } from "../language/nearest.js";
import { Problem } from "../language/problem.js";
import { Printer } from "../output/printer.js";
import { table } from "../output/table.js";
import { harmless, type View, viewOf } from "../output/view.js";
import { exitCode, exitCodeOf, type Reply } from "../session/reply.js";
import { connect } from "./engine.js";
import { placeOf } from "./place.js";
import type { Flags } from "./scripts.js";

type Action = {
  /** What it takes. */
  words: readonly string[];
  run(cluster: Cluster, words: readonly string[], view: View): Promise<Reply>;
};

const ACTIONS: Readonly<Record<string, Action>> = {
  attach: {
    words: ["NAME", "DIR"],
    run: async ({ folders }, [name = "", dir = ""], view) => shown(view, [await folders.attach(name, dir)]),
  },
  list: { words: [], run: async ({ folders }, _, view) => shown(view, await folders.list()) },
  undo: {
    words: ["NAME"],
    run: async ({ folders }, [name = ""]) => ({ kind: "result", result: await folders.undo(name) }),
  },
  detach: {
    words: ["NAME"],
    run: async ({ folders }, [name = ""]) => {
      await folders.detach(name);
      return { kind: "done", text: `${name} is detached; its files are as they were`, facts: { detached: name } };
    },
  },
};

/** Runs one of them. */
export async function folder(name: string, words: readonly string[], flags: Flags): Promise<number> {
  const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
  if (!action) throw new Problem(`unknown action ${JSON.stringify(name)}${didYouMean(name, Object.keys(ACTIONS))}`);
  if (words.length !== action.words.length) {
    throw new Problem(`write: ayes folder ${[name, ...action.words].join(" ")}`);
  }
  const cluster = await connect(placeOf(flags.url));
  const printer = new Printer(viewOf(process.stdout, flags, "ayes "));
  try {
    const reply = await action.run(cluster, words, printer.view);
    printer.show(reply);
    return exitCode(reply);
  } catch (error) {
    if (!(error instanceof AyesError)) throw error;
    printer.fail(error);
    return exitCodeOf(error);
  } finally {
    await cluster.close();
  }
}

/** One folder a line. */
function shown(view: View, folders: readonly FolderStatus[]): Reply {
  const rows = folders.map(({ name, dir, state, reason = "", undo, conflicts = [] }) => {
    const found = conflicts.length > 0 ? `${conflicts.length} conflicts in ${dir}/.ayes/conflicts` : "";
    return [name, state, dir, undo ? `${undo.files} files` : "-", [reason, found].filter(Boolean).join("; ")];
  });
  const text = table(view, ["name", "state", "folder", "undo", "about"], rows);
  return { kind: "done", text: folders.length > 0 ? harmless(text) : "no folder is attached", facts: { folders } };
}
