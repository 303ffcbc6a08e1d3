/** What befell nodes lately, newest first: also what was too short to be seen. */

import type { Life } from "../../../runtime/tracing-api.js";
import { wordFor } from "../live/states.js";
import { Text } from "../parts/text.js";

const SHOWN = 12;

export function Lately({ lives }: { lives: readonly Life[] }) {
  return (
    <section>
      <h2>Lately</h2>
      <ol class="lately">
        {lives
          .slice(-SHOWN)
          .toReversed()
          .map((life) => (
            <Line key={`${life.node} ${life.at} ${life.state}`} life={life} />
          ))}
      </ol>
    </section>
  );
}

function Line({ life: { node, at, state, epoch, reason } }: { life: Life }) {
  const { word, tone } = wordFor(state);
  return (
    <li data-life={`${node} ${word}`}>
      <span class="faint">{new Date(at).toLocaleTimeString("en-GB")}</span> <Text>{node}</Text>{" "}
      <span class={tone}>{word}</span>{" "}
      <span class="faint">
        {state === "up" ? `epoch ${epoch}` : state !== "starting" && reason !== undefined && <Text>{reason}</Text>}
      </span>
    </li>
  );
}
