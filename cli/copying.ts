/** The command that copies files to a cluster and back. */

import type { Command } from "commander";
import type { CpFlags } from "./commands/cp.js";
import { EXIT_CODES, examples, type Finish, remote } from "./options.js";

export function addCp(program: Command, finish: Finish): void {
  remote(program.command("cp"))
    .summary("copy files to and from a cluster, or within it")
    .description(ABOUT_CP)
    .usage("SOURCE TARGET [options]")
    .argument("<source>", "a file, or a folder with -r; ayes:PATH is in the cluster")
    .argument("<target>", "where to; behind a slash the name stays")
    .option("-r, --recursive", "all that is in a folder, as one transaction")
    .option("--delete", "with -r: delete what is in the target and not in the source")
    .option("--type <type>", "the content type (default: as the end of each name tells)")
    .addHelpText(
      "after",
      examples([
        "ayes cp -r --delete site/ ayes:site/",
        "ayes cp -r ayes:site/ backup/",
        "ayes cp invoice.pdf ayes:invoices/7.pdf",
        "ayes cp ayes:invoices/7.pdf .",
      ]) + EXIT_CODES,
    )
    .action(async (source: string, target: string, _own: CpFlags, command: Command) => {
      const { cp } = await import("./commands/cp.js");
      finish(await cp(source, target, command.optsWithGlobals()));
    });
}

const ABOUT_CP = [
  "Copies a file, or with -r what is in a folder. What changes in the cluster changes in one transaction: whoever reads " +
    "sees the whole old folder or the whole new one, also when the copy is killed. Files that are the same already are " +
    "not sent.",
  "Onto this computer, all files are fetched and compared with their digests before the first one is put in its place; " +
    "they are those of one moment.",
  "Symbolic links are not followed, and pipes, sockets and devices not opened: they are skipped, and named.",
].join("\n\n");
