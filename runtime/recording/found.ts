/** What a turn was told from outside of its inputs and its store, so that it can be told the same once more. */

import type { World } from "../../actors/protocol.js";
import type { ChangesFound } from "../../actors/transaction.js";

/** Answers, in the order of the questions. */
export type Found = { room?: number; holds?: boolean[]; changes?: ChangesFound[] };

/** The same world; what it answers is noted. Committed data is not: whoever runs the turn again has it. */
export function noting(world: World, found: Found): World {
  return {
    ...world,
    room: () => {
      found.room = world.room();
      return found.room;
    },
    holds: (content) => {
      const here = world.holds(content);
      found.holds = [...(found.holds ?? []), here];
      return here;
    },
    changes: (query) => {
      const page = world.changes(query);
      found.changes = [...(found.changes ?? []), page];
      return page;
    },
  };
}

/** What was noted, told again. A question that was not asked then throws. */
export function told(found: Found): Pick<World, "room" | "holds" | "changes"> {
  const holds = [...(found.holds ?? [])];
  const changes = [...(found.changes ?? [])];
  return {
    room: () => asked(found.room, "how much room there is"),
    holds: () => asked(holds.shift(), "for a content"),
    changes: () => asked(changes.shift(), "for changes"),
  };
}

function asked<Answer>(answer: Answer | undefined, what: string): Answer {
  if (answer === undefined) throw new Error(`it asked ${what}, which it did not ask then`);
  return answer;
}
