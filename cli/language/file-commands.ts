/** The commands about files: their forms, help and options. */

import { type Command, READ_OPTIONS, READ_USAGE } from "./command.js";

const PATH_HELP = [
  "PATH is the name of a file in the cluster: relative, its parts divided by /. It may begin with ayes:, as for ayes cp.",
];

export const FILE_COMMANDS = {
  write: {
    usage: 'write PATH FILE | "TEXT" | - [--text TEXT] [--file FILE] [--type TYPE]',
    says: "write a file of the cluster, all of it or nothing",
    details: [
      "A word without quotes is a file of this computer, one in quotes is a text. --text and --file say which it is, also",
      "in a shell, which takes the quotes away. - is the standard input. Its content type is that of the end of its name.",
      ...PATH_HELP,
    ],
    examples: [
      "write invoices/7.pdf scans/invoice.pdf",
      'write motd.txt "two words"',
      'write motd --text "two words" --type text/plain',
    ],
    options: { "--text": "TEXT", "--file": "FILE", "--type": "TYPE" },
    oneShot: true,
  },
  read: {
    usage: `read PATH [> FILE] ${READ_USAGE}`,
    says: "read a file of the cluster",
    details: [
      "Each piece is compared with its digest before it is shown; FILE is written only when all of it is there.",
      "In a shell its bytes go to the standard output, or with -o to a file.",
      "With several words it reads these keys, as get does.",
      ...PATH_HELP,
    ],
    examples: ["read motd.txt", "read invoices/7.pdf > invoice.pdf"],
    options: { "--output": "FILE", ...READ_OPTIONS },
    oneShot: true,
  },
  rm: { usage: "rm PATH", says: "delete a file of the cluster", examples: ["rm motd.txt"], oneShot: true },
  ls: {
    usage: "ls [PREFIX] [--limit N]",
    says: "list files of the cluster (at most 1000)",
    examples: ["ls", "ls invoices/ --limit 10"],
    options: { "--limit": "N" },
    oneShot: true,
  },
  stat: {
    usage: `stat PATH ${READ_USAGE}`,
    says: "show what is known of a file: size, digest, version, time, content type",
    examples: ["stat invoices/7.pdf"],
    options: READ_OPTIONS,
    oneShot: true,
  },
  mv: {
    usage: "mv PATH PATH",
    says: "rename a file of the cluster; no bytes move",
    details: ["What stood at the new path is replaced."],
    examples: ["mv draft.html index.html"],
    oneShot: true,
  },
  cp: {
    usage: "cp PATH PATH",
    says: "copy a file within the cluster; no bytes move",
    details: ["What stood at the new path is replaced. In a shell, ayes cp copies from and to this computer, too."],
    examples: ["cp index.html archive/index.html"],
  },
} as const satisfies Record<string, Command>;
