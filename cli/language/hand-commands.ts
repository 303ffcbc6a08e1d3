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
