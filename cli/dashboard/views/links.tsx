/** The links between nodes, and which of them are cut or slow. */

import { useState } from "preact/hooks";
import type { Status } from "../../../runtime/api.js";
import type { LinkStatus } from "../../../runtime/disturbing-api.js";
import { tell } from "../live/ask.js";
import { hurry } from "../live/cluster.js";
import { spanText } from "../parts/amounts.js";
import { confirm } from "../parts/confirm.js";
import { Text } from "../parts/text.js";

export function Links({ status: { nodes, links = [], chaos } }: { status: Status }) {
  const ids = nodes.map(({ id }) => id);
  if (ids.length < 2) return null;
  return (
    <section>
      <h2>Links</h2>
      <div class="wide narrow">
        <table class="matrix">
          <thead>
            <tr>
              <td />
              {ids.slice(1).map((id) => (
                <th key={id} scope="col">
                  <Text>{id}</Text>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {ids.slice(0, -1).map((one, row) => (
              <tr key={one}>
                <th scope="row">
                  <Text>{one}</Text>
                </th>
                {ids.slice(1).map((other, column) => (
                  <td key={other}>{column >= row && <Link link={linkBetween(one, other, links)} chaos={chaos} />}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Link({ link, chaos }: { link: LinkStatus; chaos: boolean }) {
  const [word, tone] = wordsFor(link);
  if (!chaos) return <span class={tone}>{word}</span>;
  const [one, other] = link.between;
  return (
    <button type="button" class={tone} aria-label={`${one} to ${other}: ${word}`} onClick={() => askForDamage(link)}>
      {word}
    </button>
  );
}

function wordsFor({ cut, delayMs }: LinkStatus): [string, string] {
  if (cut) return ["cut", "bad"];
  return delayMs > 0 ? [`+${spanText(delayMs)}`, "warn"] : ["whole", "quiet"];
}

function linkBetween(one: string, other: string, links: readonly LinkStatus[]): LinkStatus {
  const found = links.find(({ between }) => between.includes(one) && between.includes(other));
  return found ?? { between: [one, other], cut: false, delayMs: 0 };
}

function askForDamage(link: LinkStatus): void {
  const [one, other] = link.between;
  let chosen = link;
  const choose = (damage: Partial<LinkStatus>) => {
    chosen = { ...chosen, ...damage };
  };
  confirm({
    title: `The link between ${one} and ${other}`,
    body: <Damage link={link} choose={choose} />,
    yes: "Apply",
    act: async () => {
      await tell("v1/links", "chaos", chosen);
      hurry();
    },
  });
}

const SUGGESTED_MS = 200;

function Damage({ link, choose }: { link: LinkStatus; choose(damage: Partial<LinkStatus>): void }) {
  const [kind, setKind] = useState(link.cut ? "cut" : link.delayMs > 0 ? "slow" : "whole");
  const [delayMs, setDelayMs] = useState(link.delayMs || SUGGESTED_MS);
  choose({ cut: kind === "cut", delayMs: kind === "slow" ? delayMs : 0 });
  const option = (name: string, says: string) => (
    <label key={name}>
      <input type="radio" name="damage" checked={kind === name} onChange={() => setKind(name)} />
      <span>
        {name} <span class="faint">{says}</span>
      </span>
    </label>
  );
  return (
    <div class="menu">
      {option("whole", "everything arrives")}
      {option("cut", "nothing gets through, and nobody is told")}
      {option("slow", "everything arrives later, in order")}
      {kind === "slow" && (
        <label>
          by
          <input
            type="number"
            min={1}
            max={60_000}
            required
            value={delayMs}
            onInput={({ currentTarget }) => setDelayMs(currentTarget.valueAsNumber)}
          />
          milliseconds
        </label>
      )}
    </div>
  );
}
