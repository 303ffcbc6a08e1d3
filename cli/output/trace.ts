/** How transactions came about, as text: the latest ones as a table, one as a picture. */

import type { Trace, TraceSummary } from "../../runtime/tracing-api.js";
import { diagramOf } from "../diagram/diagram.js";
import { textOf } from "../diagram/text.js";
import { table } from "./table.js";
import { harmless, type Shown, type View } from "./view.js";

/** For a pipe, which has no width of its own. */
const COLUMNS = 120;
const KEYS_SHOWN = 3;

export function traceText(view: View, trace: Trace): Shown {
  const columns = view.terminal ? (process.stdout.columns ?? COLUMNS) : COLUMNS;
  return { result: harmless(textOf(diagramOf(trace), columns)) };
}

export function tracesText(view: View, traces: readonly TraceSummary[]): Shown {
  if (traces.length === 0) return { remark: "no transaction was looked at yet; `outcome ID` asks for an older one" };
  const rows = traces.map(({ txn, protocol, outcome, why, keys, files = [], tookMs, messages, forcedWrites }) => {
    const names = [...keys.map((key) => JSON.stringify(key)), ...files.map((path) => `file ${JSON.stringify(path)}`)];
    const shown = names.length > KEYS_SHOWN ? [...names.slice(0, KEYS_SHOWN), `… ${names.length} in all`] : names;
    const took = tookMs === undefined ? "-" : `${tookMs.toFixed(1)} ms`;
    return [txn, outcome, why?.code ?? "-", protocol, took, String(messages), String(forcedWrites), shown.join(" ")];
  });
  const header = ["transaction", "outcome", "why", "protocol", "took", "messages", "forced", "keys"];
  return { result: harmless(table(view, header, rows)) };
}
