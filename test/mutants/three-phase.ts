/** Planted bugs in three-phase commit. */

import type { Mutant } from "./mutants.js";

const STATE = "actors/three-phase/state.js";
const MEMBER = "actors/three-phase/member.js";
const COORDINATOR = "actors/three-phase/coordinator.js";
const PARTICIPANT = "actors/three-phase/participant.js";
const TERMINATION = "actors/three-phase/termination.js";
const RECOVERY = "actors/three-phase/recovery.js";
const GROUP = "actors/three-phase/group.js";
const ELECTION = "actors/three-phase/election.js";
const CONCLUSION = "actors/three-phase/conclusion.js";
const GOLDEN = "test/golden/golden.test.js";
const MAILBOX = "runtime/mailbox.js";

const ALARM = "    const again = { ...state, alarmAt: env.now + env.settings.resendAfterMs };";

/** The simulator looks for them with three-phase commits, unless a test is named. */
const PLANTED: readonly Mutant[] = [
  {
    name: "3pc: the pre-commit is not forced",
    patches: [
      {
        file: STATE,
        find: "duty },\n        { records: [{ record, forced: true }]",
        put: "duty },\n        { records: [{ record, forced: false }]",
      },
    ],
  },
  {
    name: "3pc: no force on prepared",
    patches: [
      {
        file: PARTICIPANT,
        find: "return [prepared, { records: [{ record, forced: true }]",
        put: "return [prepared, { records: [{ record, forced: false }]",
      },
    ],
  },
  {
    name: "3pc: all members count in a total failure, not only the last group",
    patches: [
      {
        file: GROUP,
        find: "    return (first?.group ?? []).filter((node) => others.every(({ group }) => group.includes(node)));",
        put: "    return reports.length > 1 ? reports.map(({ node }) => node) : (first?.group ?? []);",
      },
    ],
  },
  {
    name: "3pc: who is back decides",
    patches: [
      {
        file: GROUP,
        find: "    return (first?.group ?? []).filter((node) => others.every(({ group }) => group.includes(node)));",
        put: "    return reports.map(({ node }) => node);",
      },
    ],
  },
  {
    name: "3pc: a time-out decides commit where all said yes",
    test: GOLDEN,
    patches: [
      {
        file: MEMBER,
        find: ALARM,
        put: `${ALARM}\n    if (state.phase === "precommitted" && duty.is === "following") return commit(state, env);`,
      },
      { file: MEMBER, find: "import { abort, onAsk,", put: "import { abort, commit, onAsk," },
    ],
  },
  {
    name: "3pc: a time-out decides abort after a yes vote",
    patches: [
      {
        file: MEMBER,
        find: ALARM,
        put: `${ALARM}\n    if (state.phase === "prepared" && duty.is === "following") return abort(state, unavailable(duty.leader, ""));`,
      },
    ],
  },
  {
    name: "3pc: one that voted yes aborts by itself when it recovers",
    patches: [
      {
        file: MEMBER,
        find: ALARM,
        put: `${ALARM}\n    if (state.phase === "prepared" && duty.is === "recovering") return abort(state, unavailable(state.coordinator, ""));`,
      },
    ],
  },
  {
    name: "3pc: the up-set is not logged",
    patches: [
      {
        file: GROUP,
        find: "return [apply(state, record), { records: [{ record, forced: true }], writes: [], messages: [] }];",
        put: "return [apply(state, record), { records: round === state.round ? [] : [{ record, forced: true }], writes: [], messages: [] }];",
      },
    ],
  },
  {
    name: "3pc: an elected coordinator imposes its own state",
    test: GOLDEN,
    patches: [
      {
        file: TERMINATION,
        find: 'const isCertain = phase === "precommitted" || precommitted.some((node) => group.includes(node));',
        put: 'const isCertain = phase === "precommitted";',
      },
    ],
  },
  {
    name: "3pc: an elected coordinator commits without moving the others",
    test: GOLDEN,
    patches: [
      {
        file: TERMINATION,
        find: "return precommit(state, targets, env);",
        put: "return precommit(state, [], env);",
      },
    ],
  },
  {
    name: "3pc: the coordinator commits as soon as it has pre-committed",
    patches: [
      { file: COORDINATOR, find: "return targets.length > 0 ? sendPrecommit", put: "return false ? sendPrecommit" },
    ],
  },
  {
    name: "3pc: a no vote is not recorded",
    patches: [
      {
        file: PARTICIPANT,
        find: "    return then(step, (refused) => still(refused, { ...no(coordinator, prepare, why), rests: true }));",
        put: "    return still(state, no(coordinator, prepare, why));",
      },
    ],
  },
  {
    name: "3pc: one that gives up does not force it",
    patches: [
      {
        file: CONCLUSION,
        find: "({ record, forced: true }));\n    return [aborted, { records: forced,",
        put: "({ record, forced: true }));\n    return [aborted, { records: [],",
      },
    ],
  },
  {
    name: "3pc: messages of one that is said to be down are still heard",
    patches: [
      {
        file: MAILBOX,
        find: "if (this.#exact && this.#nodes.has(source)",
        put: "if (false && this.#nodes.has(source)",
      },
    ],
  },
  {
    name: "3pc: a round that not all have agreed to is acted on",
    patches: [
      {
        file: TERMINATION,
        find: "    if (counted.missing.length > 0)\n",
        put: '    if (counted.missing.length > 0 && counted.is === "polling")\n',
      },
    ],
  },
  {
    name: "3pc: a copy of the call for a round begins it",
    test: GOLDEN,
    patches: [
      {
        file: TERMINATION,
        find: "    if (!isOperational(state))\n        return still(state, isBoundTo",
        put: "    if (!isOperational(state) && !isBoundTo(state, source))\n        return still(state, isBoundTo",
      },
    ],
  },
  {
    name: "3pc: a former coordinator resumes",
    patches: [
      {
        file: STATE,
        find: 'const duty = { is: "recovering", reports: NONE };',
        put: 'const duty = { is: "following", leader: coordinator };',
      },
    ],
  },
  {
    name: "3pc: who has failed before is elected",
    patches: [
      {
        file: ELECTION,
        find: "env.nodes.find((node) => state.group.includes(node)) ?? env.self",
        put: "env.nodes.find((node) => state.group.includes(node) || (env.isUp(node) && state.participants.includes(node))) ?? env.self",
      },
    ],
  },
  {
    name: "3pc: who recovers takes part in a termination",
    test: GOLDEN,
    patches: [
      {
        file: TERMINATION,
        find: "    if (!isOperational(state))\n        return still(state, isBoundTo",
        put: "    if (false)\n        return still(state, isBoundTo",
      },
    ],
  },
  {
    name: "3pc: a withdrawn attempt has the number of the next one",
    test: GOLDEN,
    patches: [
      {
        file: "actors/fingerprint.js",
        find: "[coordinator, ...asked.processes]",
        put: "[coordinator]",
      },
    ],
  },
  {
    name: "3pc: a decision is not told to those that asked",
    patches: [{ file: RECOVERY, find: 'stage(state) === "finished" || state.attempt !== attempt', put: "false" }],
  },
];

export const THREE_PHASE: readonly Mutant[] = PLANTED.map((mutant) => ({ protocol: "3pc", ...mutant }));
