/** What the master says, one command a line, as plain data. */

/** A crash that waits for a point of the next round. */
export type Flag =
  | { at: "before-vote" | "after-vote" | "after-precommit-ack" }
  /** A coordinator sends to exactly these ids, perhaps to none, and dies. */
  | { at: "partial-vote-request" | "partial-precommit" | "partial-decision"; targets: number[] };

export type Command =
  | { kind: "add"; song: string; url: string }
  | { kind: "delete"; song: string }
  | { kind: "get"; song: string }
  | { kind: "crash" }
  | { kind: "vote-no" }
  | { kind: "arm"; flag: Flag }
  /** A line that is no command. `word` is its first: the master may wait for an answer to it. */
  | { kind: "malformed"; word: string; why: string };

/** A song is a key of the store, which has a limit. */
const SONG_LIMIT_BYTES = 1024;

const OWN_FLAGS = {
  crashBeforeVote: "before-vote",
  crashAfterVote: "after-vote",
  crashAfterAck: "after-precommit-ack",
} as const;

const PARTIAL_FLAGS = {
  crashVoteREQ: "partial-vote-request",
  crashPartialPreCommit: "partial-precommit",
  crashPartialCommit: "partial-decision",
} as const;

type Plain = { usage: string; words: number; make(first: string, second: string): Command | undefined };

const PLAIN: Record<string, Plain> = {
  add: { usage: "add SONG URL", words: 2, make: (song, url) => ({ kind: "add", song, url }) },
  delete: { usage: "delete SONG", words: 1, make: (song) => ({ kind: "delete", song }) },
  get: { usage: "get SONG", words: 1, make: (song) => ({ kind: "get", song }) },
  crash: { usage: "crash", words: 0, make: () => ({ kind: "crash" }) },
  vote: { usage: "vote NO", words: 1, make: (vote) => (vote === "NO" ? { kind: "vote-no" } : undefined) },
};

/** Reads one line (without its end) for one of at most `n` processes. */
export function parseCommand(line: string, n: number): Command {
  const [word = "", ...rest] = line.split(/\s+/).filter((part) => part !== "");
  const read = readFlag(word, rest, n) ?? readPlain(word, rest);
  return typeof read === "string" ? { kind: "malformed", word, why: read } : read;
}

/** A flag, or what is wrong with it; undefined if it is none. */
function readFlag(word: string, rest: string[], n: number): Command | string | undefined {
  if (Object.hasOwn(OWN_FLAGS, word)) {
    if (rest.length > 0) return `it is: ${word}`;
    return { kind: "arm", flag: { at: OWN_FLAGS[word as keyof typeof OWN_FLAGS] } };
  }
  if (!Object.hasOwn(PARTIAL_FLAGS, word)) return undefined;
  const stranger = rest.find((id) => !/^\d{1,9}$/.test(id) || Number(id) >= n);
  if (stranger !== undefined) return `${shortened(stranger)} is no process: ids are 0 to ${n - 1}`;
  const targets = [...new Set(rest.map(Number))];
  return { kind: "arm", flag: { at: PARTIAL_FLAGS[word as keyof typeof PARTIAL_FLAGS], targets } };
}

function readPlain(word: string, rest: string[]): Command | string {
  const plain = Object.hasOwn(PLAIN, word) ? PLAIN[word] : undefined;
  if (!plain) return `unknown command ${shortened(word)}`;
  const [first = "", second = ""] = rest;
  const bytes = Buffer.byteLength(first);
  if (bytes > SONG_LIMIT_BYTES) return `a song of ${bytes} bytes; the limit is ${SONG_LIMIT_BYTES}`;
  const command = rest.length === plain.words ? plain.make(first, second) : undefined;
  return command ?? `it is: ${plain.usage}`;
}

function shortened(word: string): string {
  return word.length > 40 ? `${word.slice(0, 40)}...` : word;
}
