/** A plot of numbers over time. The one place that knows how plots are drawn. */

import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { shownTheme } from "../shell/theme.js";

/** A line of a plot; `tone` is the name of a colour. */
export type Series = { name: string; tone: string };
/** Seconds since 1970, then one list of numbers for each series. */
export type Points = (number | null)[][];

type PlotProps = { title: string; series: readonly Series[]; points: Points; unit?: (value: number) => string };

const HEIGHT = 160;
/** At least so much time is shown. */
const SHOWN_S = 60;

export function Plot({ title, series, points, unit = String }: PlotProps) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const latest = useRef(points);
  latest.current = points;
  const theme = shownTheme();
  const lines = JSON.stringify(series);
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const drawn = new uPlot(optionsFor(element, series, unit), latest.current as uPlot.AlignedData, element);
    plot.current = drawn;
    const watcher = new ResizeObserver(() => drawn.setSize({ width: element.clientWidth, height: HEIGHT }));
    watcher.observe(element);
    return () => {
      watcher.disconnect();
      drawn.destroy();
    };
  }, [theme, lines]);
  useEffect(() => plot.current?.setData(points as uPlot.AlignedData), [points]);
  return (
    <figure class="plot">
      <figcaption>
        {title}
        <span class="legend">
          {series.map(({ name, tone }, index) => (
            <span key={name} class={`key ${tone}`}>
              {name} <b>{valueText(points[index + 1]?.at(-1), unit)}</b>
            </span>
          ))}
        </span>
      </figcaption>
      <div ref={place} />
    </figure>
  );
}

function valueText(value: number | null | undefined, unit: (value: number) => string): string {
  return value === null || value === undefined ? "–" : unit(value);
}

function clockText(seconds: number): string {
  return new Date(seconds * 1000).toLocaleTimeString("en-GB");
}

function optionsFor(element: HTMLElement, series: readonly Series[], unit: (value: number) => string): uPlot.Options {
  const style = getComputedStyle(element);
  const probe = element.appendChild(document.createElement("span"));
  const colour = (tone: string) => {
    probe.className = tone;
    return getComputedStyle(probe).color;
  };
  const axis = { stroke: colour("faint"), grid: { stroke: colour("hair"), width: 1 }, ticks: { show: false } };
  const font = `11px ${style.fontFamily}`;
  const options: uPlot.Options = {
    width: element.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { y: false },
    scales: {
      x: { range: (_plot, first, last) => [Math.min(first, last - SHOWN_S), last] },
      y: { range: (_plot, _least, most) => [0, Math.max(most * 1.1, 1)] },
    },
    axes: [
      { ...axis, font, size: 26, space: 90, values: (_plot, splits) => splits.map(clockText) },
      { ...axis, font, size: 64, values: (_plot, splits) => splits.map(unit) },
    ],
    series: [{}, ...series.map(({ name, tone }) => ({ label: name, stroke: colour(tone), width: 1.5 }))],
  };
  probe.remove();
  return options;
}
