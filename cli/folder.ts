/** `ayes folder` and its parts: which there are, their options and help. */

import type { Command } from "commander";
import type { Flags } from "./commands/scripts.js";
import { EXIT_CODES, examples, type Finish, remote } from "./options.js";

const ABOUT = [
  "Ordinary folders of the computer that the cluster runs on. In transactions of the program that has the cluster open " +
    "their files change together with keys, all or none, whatever crashes; to everybody else they are files as before. " +
    "What is ours is in FOLDER/.ayes. A file that another program changed since it was read aborts the transaction.",
  "attach NAME DIR   makes a folder take part\n" +
    "list              shows all of them, and what there is to undo\n" +
    "undo NAME         puts back what the last transaction changed in it, once, unless a file has changed since\n" +
    "detach NAME       leaves its files as they are, and forgets it",
].join("\n\n");

/** Adds it. */
export function addFolder(program: Command, finish: Finish): void {
  remote(program.command("folder"))
    .summary("ordinary folders whose files change together with keys")
    .description(ABOUT)
    .usage("attach NAME DIR | list | undo NAME | detach NAME [options]")
    .argument("<action>")
    .argument("[words...]")
    .addHelpText(
      "after",
      examples([
        "ayes folder attach site /var/www/site",
        "ayes folder list",
        "ayes folder undo site",
        "ayes folder detach site",
      ]) + EXIT_CODES,
    )
    .action(async (action: string, words: string[], _own: Flags, command: Command) => {
      const { folder } = await import("./commands/folder.js");
      finish(await folder(action, words, command.optsWithGlobals()));
    })
    .configureHelp({ visibleArguments: () => [] });
}
