/** Planted bugs: each one rule switched off by a patch of the compiled code, and what must find it. */

import type { Mix } from "../../runtime/simulation/plan.js";

/** A place in a compiled file, and what stands there instead. The place must be there exactly once. */
export type Patch = { file: string; find: string; put: string };

export type Mutant = {
  /** What is wrong. */
  name: string;
  patches: Patch[];
  /** A test file that must fail, instead of the simulator. */
  test?: string;
  /** What the simulator runs, if not two-phase commits. */
  protocol?: Mix;
};

const LOOP = "runtime/loop.js";
const TRANSACTIONS = "actors/transactions.js";
const LEDGER = "actors/ledger.js";
const COORDINATOR = "actors/two-phase/coordinator.js";
const PARTICIPANT = "actors/two-phase/participant.js";
const CONSIDERING = "actors/considering.js";
const VERDICTS = "test/actors/considering.test.js";
const REFUSALS = "test/storage/lmdb-refusals.test.js";

/** `messages` of one kind leave before the commit of their turn. */
function early(kind: string): Patch {
  const find = "const durable = this.#persist(output);";
  return {
    file: LOOP,
    find,
    put: `this.#send(output.messages.filter(({ body }) => body.kind === "${kind}")); ${find}`,
  };
}

export const MUTANTS: readonly Mutant[] = [
  { name: "vote before flush", patches: [early("vote")] },
  { name: "ack before data", patches: [early("ack")] },
  { name: "decision told before durable", patches: [early("decide")] },
  { name: "client told before the decision is durable", patches: [early("outcome")] },
  {
    name: "no force on commit",
    patches: [{ file: COORDINATOR, find: "{ record, forced: true }", put: "{ record, forced: false }" }],
  },
  {
    name: "no force on prepared",
    patches: [
      {
        file: PARTICIPANT,
        find: "return [prepared, { records: [{ record, forced: true }]",
        put: "return [prepared, { records: [{ record, forced: false }]",
      },
    ],
  },
  {
    name: "no force when a participant gives up for all",
    patches: [
      {
        file: PARTICIPANT,
        find: "return [aborted, { records: [{ record, forced: true }]",
        put: "return [aborted, { records: []",
      },
    ],
  },
  {
    name: "an answer does not rest on its record",
    patches: [{ file: COORDINATOR, find: 'rests: stage(state) === "finished"', put: "rests: false" }],
  },
  {
    name: "forgotten lock at replay",
    patches: [
      {
        file: TRANSACTIONS,
        find: "        this.#note(record);\n    }\n    /** The earliest",
        put: "    }\n    /** The earliest",
      },
    ],
  },
  {
    name: "lock freed too early",
    patches: [
      {
        file: TRANSACTIONS,
        find: "            this.#note(record);\n    }\n    /** Records that",
        put: "            this.#note(record);\n        for (const { body } of output.messages) if (body.kind === 'vote') this.locks.release(body.txn);\n    }\n    /** Records that",
      },
    ],
  },
  {
    name: "keys of preconditions are not locked",
    patches: [{ file: PARTICIPANT, find: "...readLocksOf(ballot),", put: "reads: []," }],
  },
  {
    name: "forgotten epoch check",
    patches: [
      { file: COORDINATOR, find: " || ballot.attempt !== env.epoch)", put: ")" },
      { file: "runtime/mailbox.js", find: "if (epoch < known)\n", put: "if (false)\n" },
    ],
  },
  {
    name: "abort presumed for a live epoch",
    patches: [{ file: COORDINATOR, find: "    if (running)\n", put: "    if (running && false)\n" }],
  },
  {
    name: "READY counted as commit",
    patches: [
      {
        file: PARTICIPANT,
        find: 'if (state.phase === "prepared" || state.attempt !== attempt)',
        put: 'if (state.phase === "prepared") return still(state, tell(state, source, "committed"));\n    if (state.attempt !== attempt)',
      },
    ],
  },
  {
    name: "undecided answered as aborted",
    patches: [
      { file: COORDINATOR, find: 'return { state: "undecided" };', put: 'return { state: "aborted", why: PRESUMED };' },
    ],
  },
  {
    name: "a peer that is merely prepared says aborted",
    patches: [
      {
        file: PARTICIPANT,
        find: 'if (state.phase === "prepared" || state.attempt !== attempt)',
        put: 'if (state.phase === "prepared") return still(state, tell(state, source, "aborted"));\n    if (state.attempt !== attempt)',
      },
    ],
  },
  {
    name: "decision not re-sent",
    patches: [
      {
        file: COORDINATOR,
        find: "return resend({ ...state, alarmAt: env.now + env.settings.resendAfterMs }, state.unacked);",
        put: "return still({ ...state, alarmAt: env.now + env.settings.resendAfterMs });",
      },
    ],
  },
  {
    name: "add applied twice on a repeated decision",
    patches: [
      {
        file: PARTICIPANT,
        find: "function onCommit(state, source, decide) {\n",
        put: "function onCommit(state, source, decide) {\n    const done = kept.get(state.txn);\n    if (state.phase === 'committed' && done) return [state, { records: [], writes: done, messages: [ack(source, state.txn)] }];\n",
      },
      {
        file: PARTICIPANT,
        find: "function conclude(state, { outcome, position, why }) {\n",
        put: "const kept = new Map();\nfunction conclude(state, { outcome, position, why }) {\n    if (outcome === 'committed') kept.set(state.txn, state.writes);\n",
      },
    ],
  },
  {
    name: "stale read during in-doubt",
    patches: [{ file: "actors/readers.js", find: 'read.consistency === "linearizable" ?', put: "false ?" }],
  },
  {
    name: "reader not woken",
    patches: [
      { file: "actors/readers.js", find: "if (this.#waiting.length === 0)\n            return [];", put: "return [];" },
    ],
  },
  {
    name: "outcome forgotten too early",
    patches: [{ file: LEDGER, find: "horizon: beyond(this.#horizon, txns) };", put: "horizon: this.#horizon };" }],
  },
  {
    name: "same id executed twice",
    patches: [
      {
        file: COORDINATOR,
        find: '    if (state.phase !== "blank") {\n',
        put: '    if (state.phase === "working") {\n',
      },
      {
        file: PARTICIPANT,
        find: 'if (state.phase !== "working")\n        return onRepeatedPrepare',
        put: 'if (state.phase === "prepared")\n        return onRepeatedPrepare',
      },
    ],
  },
  {
    name: "fsync error ignored",
    patches: [
      {
        file: LOOP,
        find: "this.#options.storage.commit({ records: this.#lazy, writes, reach: { clock, begin } });",
        put: "try { this.#options.storage.commit({ records: this.#lazy, writes, clock, begin }); } catch { }",
      },
    ],
  },
  {
    name: "one-way partition deadlock",
    patches: [
      {
        file: PARTICIPANT,
        find: "{ ...state, inquireAt: env.now + env.settings.inquireAfterMs },",
        put: "{ ...state, inquireAt: undefined },",
      },
      {
        file: COORDINATOR,
        find: "return resend({ ...state, alarmAt: env.now + env.settings.resendAfterMs }, state.unacked);",
        put: "return still({ ...state, alarmAt: undefined });",
      },
    ],
  },
  {
    name: "an abort is accepted after a commit",
    patches: [
      {
        file: PARTICIPANT,
        find: 'if (state.phase !== "prepared" || decide.attempt !== state.attempt) {',
        put: "if (false) {",
      },
      {
        file: PARTICIPANT,
        find: 'if (state.phase === "prepared" || state.attempt !== attempt)',
        put: "if (state.attempt !== attempt)",
      },
    ],
  },
  {
    name: "a log row of promises comes before the conclusions of its commit",
    patches: [
      {
        file: "storage/log-index.js",
        find: "isPassing(record) ? first + 1 : first",
        put: "isPassing(record) ? first : first + 1",
      },
    ],
  },
  {
    name: "a time-out decides after a yes vote",
    patches: [
      {
        file: PARTICIPANT,
        find: "env.now >= state.inquireAt ? inquire(state, env)",
        put: 'env.now >= state.inquireAt ? conclude(state, "aborted", undefined)',
      },
    ],
  },
  {
    name: "commit with a vote missing",
    patches: [{ file: COORDINATOR, find: "return silent.length > 0 ?", put: "return silent.length > 1 ?" }],
  },
  {
    name: "a verdict on another attempt counts",
    test: VERDICTS,
    patches: [{ file: CONSIDERING, find: "if (held?.prepare.attempt !== attempt)", put: "if (!held)" }],
  },
  {
    name: "no-next is never over",
    test: VERDICTS,
    patches: [{ file: CONSIDERING, find: "this.#validator = ruling.after;", put: "" }],
  },
  {
    name: "what waits for a verdict is kept for ever",
    test: VERDICTS,
    patches: [{ file: CONSIDERING, find: "if (this.#held.size > 0)", put: "if (false)" }],
  },
  {
    name: "checksum ignored",
    test: REFUSALS,
    patches: [
      {
        file: "storage/codec.js",
        find: "return checksum >>> 0 === checksumOf(place, row, CHECKSUM_BYTES);",
        put: "return true;",
      },
    ],
  },
  {
    name: "empty store accepted",
    test: REFUSALS,
    patches: [
      { file: "storage/lmdb.js", find: "    checkFile(folder, fileOf(folder), known);\n", put: "" },
      {
        file: "storage/guard.js",
        find: "    if (!found) {\n        if (known.mark)",
        put: "    if (!found) {\n        if (false)",
      },
    ],
  },
  {
    name: "older store accepted",
    test: REFUSALS,
    patches: [
      { file: "storage/guard.js", find: "if (known.mark && found.commits < known.mark.commits)", put: "if (false)\n" },
    ],
  },
];
