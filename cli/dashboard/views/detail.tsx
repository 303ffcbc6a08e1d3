/** What is pointed at in a picture: the record or message itself, or the message as if it were an HTTP request. */

import { signal } from "@preact/signals";
import type { Diagram } from "../../diagram/diagram.js";
import { spanText } from "../parts/amounts.js";
import { Lines, Text } from "../parts/text.js";
import { requestText } from "./http-request.js";
import type { Item } from "./picture.js";

const asRequest = signal(false);

export function Detail({ item, diagram }: { item: Item | undefined; diagram: Diagram }) {
  if (!item) {
    return <div class="card faint">Point at an arrow, a square or a bar, or tab to it, to see what it is.</div>;
  }
  return (
    <div class="card detail" aria-live="polite">
      <p>
        <Text>{headline(item, diagram)}</Text>
      </p>
      {item.is === "message" && (
        <p class="buttons">
          <button type="button" aria-pressed={!asRequest.value} onClick={() => show(false)}>
            JSON
          </button>
          <button type="button" aria-pressed={asRequest.value} onClick={() => show(true)}>
            HTTP request
          </button>
        </p>
      )}
      <div class="answer">
        <Lines>{contentOf(item, diagram)}</Lines>
      </div>
    </div>
  );
}

function show(on: boolean): void {
  asRequest.value = on;
}

function headline(item: Item, { times }: Diagram): string {
  const when = (row: number) => `at +${spanText(times[row] ?? 0)}`;
  switch (item.is) {
    case "message": {
      const { source, target, leaves, arrives, note } = item.of;
      const fate = arrives === undefined ? "never taken" : `taken ${when(arrives)}`;
      return `${note}: ${source} to ${target}, sent ${when(leaves)}, ${fate}`;
    }
    case "record": {
      const { lane, row, forced, note } = item.of;
      return `${note}: ${lane} ${forced ? "forced it to disk" : "noted it, without forcing it,"} ${when(row)}`;
    }
    case "phase":
      return `${item.of.lane} is ${item.of.phase} from ${when(item.of.begins)} to ${when(item.of.ends)}`;
    case "locks":
      return `${item.of.lane} keeps these locked from ${when(item.of.begins)} to ${when(item.of.ends)}`;
    case "life":
      return `${item.of.lane} ${when(item.of.row)}: ${item.of.note}`;
  }
}

function contentOf(item: Item, diagram: Diagram): string {
  if (item.is === "message") return asRequest.value ? requestText(item.of, diagram) : pretty(item.of.body);
  if (item.is === "record") return pretty(item.of.record);
  if (item.is === "locks") return item.of.keys.join("\n");
  return pretty(item.of);
}

function pretty(value: object): string {
  return JSON.stringify(value, undefined, 2);
}
