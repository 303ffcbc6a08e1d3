/** What people are to vote on, as text: who is asked, until when, and about what. */

import type { Check, Operation } from "../../runtime/api.js";
import type { Ballot } from "../../runtime/ballot-api.js";
import { rangeText } from "../../runtime/range-text.js";
import { jsonLine } from "./json.js";
import { table } from "./table.js";
import { harmless, type Shown, type View } from "./view.js";

export function ballotsText(view: View, ballots: readonly Ballot[]): Shown {
  if (ballots.length === 0) return view.terminal ? { remark: "nothing waits for a person" } : {};
  const rows = ballots.map(({ node, txn, leftMs, operations, checks }) => {
    const asked = [...operations.map(operationText), ...checks.map((check) => `check ${checkText(check)}`)];
    return [node, txn, `${Math.ceil(leftMs / 1000)} s`, asked.join(", ").replaceAll(/[\t\n]/g, " ")];
  });
  return { result: harmless(table(view, ["node", "transaction", "left", "what"], rows)) };
}

/** As it could be typed. */
function operationText(operation: Operation): string {
  switch (operation.op) {
    case "put":
      return `put ${jsonLine(operation.key)} ${jsonLine(operation.value)}`;
    case "del":
      return `del ${jsonLine(operation.key)}`;
    case "add":
      return `add ${jsonLine(operation.key)} ${operation.delta}`;
    case "copyFile":
      return `cp ${jsonLine(operation.source)} ${jsonLine(operation.path)}`;
    case "deleteFile":
      return `rm ${jsonLine(operation.path)}`;
    case "writeFile":
      return `write ${jsonLine(operation.path)}`;
  }
}

function checkText(check: Check): string {
  if (check.is === "rangeUnchanged") return `${rangeText(check.range)} unchanged`;
  const subject = jsonLine("path" in check ? check.path : check.key);
  if (check.is === "equals") return `${subject} equals ${jsonLine(check.value)}`;
  return check.is === "version" ? `${subject} version ${check.version}` : `${subject} ${check.is}`;
}
