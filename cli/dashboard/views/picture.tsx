/** The space-time diagram: a lane for each node, time downward, everything on it to be pointed at. */

import { useEffect, useRef, useState } from "preact/hooks";
import type { Arrow, Break, Diagram, LockBar, Mark, PhaseSpan } from "../../diagram/diagram.js";
import { spanText } from "../parts/amounts.js";
import { visible } from "../parts/text.js";
import type { Gap } from "./folding.js";
import { Ground } from "./geometry.js";

/** Something in the picture. */
export type Item =
  | { is: "message"; of: Arrow }
  | { is: "record"; of: Mark }
  | { is: "phase"; of: PhaseSpan }
  | { is: "locks"; of: LockBar }
  | { is: "life"; of: Break };

type PictureProps = { diagram: Diagram; gap?: Gap | undefined; chosen: Item | undefined; choose(item: Item): void };

export function Picture({ diagram, gap, chosen, choose }: PictureProps) {
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const watcher = new ResizeObserver(() => setWidth(element.clientWidth));
    watcher.observe(element);
    return () => watcher.disconnect();
  }, []);
  return (
    <div ref={box}>
      {width > 0 && (
        <Drawing diagram={diagram} gap={gap} ground={new Ground(diagram, width)} chosen={chosen} choose={choose} />
      )}
    </div>
  );
}

function Drawing({ diagram, gap, ground, chosen, choose }: PictureProps & { ground: Ground }) {
  const { lanes, arrows, marks, phases, locks, breaks, times } = diagram;
  const about = pointing(chosen, choose);
  return (
    <svg class="picture" width={ground.width} height={ground.height} aria-label="Space-time diagram">
      <Times times={times} ground={ground} />
      <Lanes lanes={lanes} ground={ground} />
      {phases.map((of) => (
        <g key={`${of.lane} ${of.begins}`} {...about({ is: "phase", of }, `${of.lane} is ${of.phase}`)}>
          <rect class={`phase ${of.phase}`} {...ground.bar(of, -3, 6)} />
        </g>
      ))}
      <Absences lanes={lanes} ground={ground} />
      {locks.map((of) => (
        <g key={`${of.lane} ${of.begins}`} {...about({ is: "locks", of }, `${of.lane} locks ${of.keys.join(", ")}`)}>
          <rect class="lock" {...ground.bar(of, -10, 3)} />
        </g>
      ))}
      {arrows.map((of) => (
        <g key={arrowName(of)} {...about({ is: "message", of }, messageSays(of))} data-kind={of.body.kind}>
          <Flight arrow={of} ground={ground} />
        </g>
      ))}
      {marks.map((of) => (
        <g
          key={`${of.lane} ${of.row} ${of.order}`}
          {...about({ is: "record", of }, recordSays(of))}
          data-record={of.record.kind}
        >
          <Stamp mark={of} ground={ground} />
        </g>
      ))}
      {breaks.map((of) => (
        <g key={`${of.lane} ${of.row}`} {...about({ is: "life", of }, `${of.lane}: ${of.note}`)}>
          <Fate of={of} ground={ground} />
        </g>
      ))}
      {gap && (
        <text class="gap" x={ground.width / 2} y={ground.y(gap.row) - 8}>
          {`… ${gap.left} turns of asking, for ${spanText(gap.ms)} …`}
        </text>
      )}
    </svg>
  );
}

/** What makes something in the picture be pointed at, by a pointer or by tabbing to it. */
function pointing(chosen: Item | undefined, choose: (item: Item) => void) {
  return (item: Item, says: string) => ({
    class: `item ${isSame(item, chosen) ? "chosen" : ""}`,
    tabIndex: 0,
    role: "img" as const,
    "aria-label": visible(says),
    onFocus: () => choose(item),
    onPointerEnter: () => choose(item),
  });
}

/** Beside a row when it is later than the one before. */
function Times({ times, ground }: { times: readonly number[]; ground: Ground }) {
  const texts = times.map((ms) => `+${spanText(ms)}`);
  return (
    <>
      {texts.map((text, row) => (
        <text key={`${row} ${text}`} class="time" x={ground.gutter - 8} y={ground.y(row) + 3}>
          {text === texts[row - 1] ? "" : text}
        </text>
      ))}
    </>
  );
}

/** What a node knew stays on its disk while it is down; it is shown in pieces. */
function Absences({ lanes, ground }: { lanes: Diagram["lanes"]; ground: Ground }) {
  return (
    <>
      {lanes.flatMap(({ id }) =>
        ground
          .stretches(id)
          .filter(({ down }) => down)
          .map(({ begins, ends }) => (
            <path key={`${id} ${begins}`} class="absence" d={`M${ground.x(id)},${begins}V${ends}`} />
          )),
      )}
    </>
  );
}

/** Dotted where nobody is there. */
function Lanes({ lanes, ground }: { lanes: Diagram["lanes"]; ground: Ground }) {
  return (
    <>
      {lanes.map(({ id, isClient }) => (
        <g key={id} data-lane={id}>
          <text class="lane" x={ground.x(id)} y={18}>
            {visible(id)}
          </text>
          {ground.stretches(id).map(({ begins, ends, down }) => (
            <path
              key={begins}
              class={isClient || down ? "line away" : "line"}
              d={`M${ground.x(id)},${begins}V${ends}`}
            />
          ))}
        </g>
      ))}
    </>
  );
}

/** One that never arrives ends in a cross half way. */
function Flight({ arrow, ground }: { arrow: Arrow; ground: Ground }) {
  const { from, to, lost, label } = ground.flight(arrow);
  const text = ground.fits(arrow.note);
  return (
    <>
      <line class="touch" x1={from.x} y1={from.y} x2={to.x} y2={to.y} />
      <line class={lost ? "arrow lost" : "arrow"} x1={from.x} y1={from.y} x2={to.x} y2={to.y} />
      {lost ? <path class="cross" d={cross(to)} /> : <path class="head" d={ground.head(from, to)} />}
      <text class="note" x={label.x} y={label.y}>
        {visible(text)}
      </text>
    </>
  );
}

function Stamp({ mark: { lane, row, order, forced, record }, ground }: { mark: Mark; ground: Ground }) {
  const x = ground.x(lane) + order * 14;
  const y = ground.y(row);
  return (
    <>
      <rect class={forced ? "stamp forced" : "stamp"} x={x - 5} y={y - 5} width={10} height={10} rx={2} />
      <text class={ground.isLast(lane) ? "note record last" : "note record"} x={ground.beside(lane, x, 9)} y={y + 4}>
        {order === 0 ? record.kind : ""}
      </text>
    </>
  );
}

function Fate({ of: { lane, row, up, note }, ground }: { of: Break; ground: Ground }) {
  const at = { x: ground.x(lane), y: ground.y(row) };
  const word = up ? "up" : note.startsWith("starting") ? "replays" : "down";
  return (
    <>
      <circle class={`fate ${word}`} cx={at.x} cy={at.y} r={7} />
      {word === "down" && <path class="cross white" d={cross(at)} />}
      <text
        class={ground.isLast(lane) ? "note record last" : "note record"}
        x={ground.beside(lane, at.x, 11)}
        y={at.y + 4}
      >
        {word}
      </text>
    </>
  );
}

function cross({ x, y }: { x: number; y: number }): string {
  return `M${x - 4},${y - 4}l8,8m0,-8l-8,8`;
}

function arrowName({ source, target, leaves, arrives, body }: Arrow): string {
  return `${source} ${target} ${leaves} ${arrives} ${body.kind}`;
}

function messageSays({ source, target, note, arrives }: Arrow): string {
  return `${note}, from ${source} to ${target}${arrives === undefined ? ", which did not arrive" : ""}`;
}

function recordSays({ lane, note, forced }: Mark): string {
  return `${lane} ${forced ? "forced" : "wrote"} ${note}`;
}

/** The picture is drawn anew all the time: what was chosen is found again by what it is. */
function isSame(item: Item, chosen: Item | undefined): boolean {
  return chosen !== undefined && item.is === chosen.is && JSON.stringify(item.of) === JSON.stringify(chosen.of);
}
