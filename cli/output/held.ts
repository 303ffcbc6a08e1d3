/** What stands still while somebody goes through the protocol by hand, as text. */

import type { Held, HeldList } from "../../runtime/stepping-api.js";
import { table } from "./table.js";
import { harmless, paint, type Shown, type View } from "./view.js";

export function heldText(view: View, { stepping, held, more }: HeldList): Shown {
  const what = stepping?.txn === undefined ? "all transactions" : `transaction ${stepping.txn}`;
  const state = stepping ? `stepping ${what}` : "not stepping";
  const rows = held.map((item) => {
    return [
      String(item.id),
      item.node,
      placeOf(item),
      item.says,
      item.after === undefined ? "" : `after ${item.after}`,
    ];
  });
  const remark = [state, rows.length === 0 && "nothing waits", more > 0 && `${more} more wait`]
    .filter(Boolean)
    .join("; ");
  const said = { remark: paint(view, "dim", harmless(remark)) };
  return rows.length > 0 ? { result: harmless(table(view, ["id", "node", "from", "what", ""], rows)), ...said } : said;
}

/** What was let go. */
export function releasedText(view: View, released: Held | undefined): Shown {
  if (!released) return { remark: paint(view, "dim", "nothing waits") };
  const { id, node, says } = released;
  const done =
    released.kind === "commit" ? says.replace("about to force", "forced") : `took ${says} from ${placeOf(released)}`;
  return { result: harmless(`${id}  ${node} ${done}`) };
}

function placeOf(item: Held): string {
  return item.kind === "message" ? item.source : "";
}
