/** The commands for what people do by hand: to vote instead of a node, and to take the steps of the protocol. */

import type { Command } from "./command.js";

export const HAND_COMMANDS = {
  ballots: {
    usage: "ballots [NODE]",
    says: "show what waits for the vote of a person",
    details: ["A node asks its person after `validator NODE person`. What nobody answers in time is a no."],
    examples: ["ballots", "ballots n2", "watch 1 ballots n2"],
    oneShot: true,
  },
  vote: {
    usage: "vote NODE TXN commit|abort [REASON]",
    says: "vote on a transaction for the person of a node",
    details: ["Who proposed it is told the reason of an abort; quote one that has spaces."],
    examples: ["vote n2 01JDXK7C9P3Q commit", 'vote n2 01JDXK7C9P3Q abort "too expensive"'],
    choices: ["commit", "abort"],
    oneShot: true,
  },
  doubt: {
    usage:
      "doubt [--older-than SECONDS] | doubt resolve TXN commit|abort --reason TEXT [--node NODE,...] | doubt forget TXN",
    says: "show transactions in doubt and what may be done about them, or force an outcome",
    details: [
      "Each with its age, what each node's log proves, for whom it waits, which keys are locked, and who waits for them.",
      "resolve   forces an outcome upon participants that wait, if no log that can be read contradicts it; the reason",
      "          stays in their logs. Who knows the real outcome tells it later: if it is another one, `doubt`, `status`",
      "          and `log` say so until somebody has seen it",
      "forget    somebody has seen that it was wrong, and to the data",
      "Exit code 0: nothing is in doubt (or nothing for so long). 1: something is, or what was forced was wrong.",
    ],
    examples: [
      "doubt",
      "doubt --older-than 30",
      'doubt resolve 01JDXK7C9P3Q abort --reason "the disk of c1 is lost"',
      "doubt forget 01JDXK7C9P3Q",
    ],
    options: { "--older-than": "SECONDS", "--reason": "TEXT", "--node": "NODE,..." },
    choices: ["resolve", "forget", "commit", "abort"],
    oneShot: true,
  },
  step: {
    usage: "step [next | ID | list | on [TXN] | off | TXN]",
    says: "go through the protocol by hand (needs --chaos)",
    details: [
      "on          from now on all messages and forced writes wait, and so do all time-outs",
      "TXN         those of one transaction, which may come later: tx --id TXN ...",
      "list        what waits, in its order",
      "next        let the oldest go (the default); waits a second for one to come",
      "ID          let this one go",
      "off         let everything go, and time go on",
      "Statements that have to wait for a step are answered with the step that ends them.",
    ],
    examples: ["step on", "put a 1", "step list", "step", "step 3", "step off"],
    choices: ["next", "list", "on", "off"],
    oneShot: true,
  },
} as const satisfies Record<string, Command>;
