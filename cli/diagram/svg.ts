/** The picture of a transaction as a file that stands on its own: nothing in it is loaded from anywhere. */

import type { Diagram } from "./diagram.js";
import { drawingOf, type Shape, type Tone } from "./drawing.js";
import { headOf } from "./heading.js";

const COLOURS: Record<Tone, string> = {
  lane: "#c3c8d0",
  name: "#1c2430",
  time: "#6b7482",
  working: "#b8c4d6",
  prepared: "#e0a400",
  precommitted: "#7a5cd0",
  committed: "#1f8a4c",
  aborted: "#c23b3b",
  ended: "#8d97a5",
  lock: "#c46a00",
  message: "#2f5fb3",
  vote: "#0c7f8c",
  lost: "#c23b3b",
  forced: "#1c2430",
  noted: "#6b7482",
  down: "#c23b3b",
  up: "#1f8a4c",
};
const FONT = 'font-family="ui-sans-serif, system-ui, sans-serif"';
const LINE_HEIGHT = 20;
const MARGIN = 16;

export function svgOf(diagram: Diagram): string {
  const { width, height, shapes } = drawingOf(diagram);
  const head = headOf(diagram);
  const top = MARGIN + head.length * LINE_HEIGHT;
  const wide = Math.max(width, 820);
  const lines = head.map((line, index) => {
    const weight = index === 0 ? ' font-weight="600"' : "";
    return `<text x="${MARGIN}" y="${MARGIN + (index + 0.7) * LINE_HEIGHT}" fill="#1c2430"${weight}>${escaped(line)}</text>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${wide}" height="${height + top}" viewBox="0 0 ${wide} ${height + top}" ${FONT} font-size="12" role="img">`,
    `<title>${escaped(head[0] ?? "")}</title>`,
    `<defs>${heads()}</defs>`,
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    ...lines,
    `<g transform="translate(0 ${top})">`,
    ...shapes.map(drawn),
    "</g>",
    "</svg>",
    "",
  ].join("\n");
}

function heads(): string {
  const tones: Tone[] = ["message", "vote", "lost"];
  return tones
    .map((tone) => {
      const path = `<path d="M0 0 L10 5 L0 10 z" fill="${COLOURS[tone]}"/>`;
      const box = 'viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" orient="auto"';
      return `<marker id="head-${tone}" ${box}>${path}</marker>`;
    })
    .join("");
}

function drawn(shape: Shape): string {
  const colour = COLOURS[shape.tone];
  const hint = shape.hint === undefined ? "" : `<title>${escaped(shape.hint)}</title>`;
  switch (shape.kind) {
    case "line": {
      const head = shape.head ? ` marker-end="url(#head-${shape.tone})"` : "";
      const dashes = shape.tone === "lost" ? ' stroke-dasharray="4 4"' : "";
      const place = `x1="${round(shape.x1)}" y1="${round(shape.y1)}" x2="${round(shape.x2)}" y2="${round(shape.y2)}"`;
      return `<line ${place} stroke="${colour}" stroke-width="1.6"${dashes}${head}>${hint}</line>`;
    }
    case "box": {
      const inside = shape.tone === "noted" ? `fill="#ffffff" stroke="${colour}"` : `fill="${colour}"`;
      const place = `x="${round(shape.x)}" y="${round(shape.y)}" width="${round(shape.width)}" height="${round(shape.height)}"`;
      return `<rect ${place} rx="2" ${inside}>${hint}</rect>`;
    }
    case "text": {
      const weight = shape.tone === "name" ? ' font-weight="600"' : "";
      const halo = 'stroke="#ffffff" stroke-width="3" paint-order="stroke"';
      const place = `x="${round(shape.x)}" y="${round(shape.y)}" text-anchor="${shape.anchor}"`;
      return `<text ${place} fill="${colour}" ${halo}${weight}>${escaped(shape.text)}</text>`;
    }
  }
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

const NO_XML =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must go
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** Also what no XML may hold. */
function escaped(text: string): string {
  const fit = text.replace(NO_XML, "\ufffd");
  return fit.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");
}
