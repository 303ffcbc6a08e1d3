/** What one transaction changed, as one line. */

import type { WatchEvent } from "../../runtime/watching-api.js";
import { harmless } from "./view.js";

/** It begins with the position behind which one can go on. */
export function changeText({ position, txn, changes }: WatchEvent): string {
  const texts = changes.map(({ key, value }) => {
    const name = typeof key === "string" ? key : JSON.stringify(key);
    if (value === undefined) return `${name} deleted`;
    return `${name} = ${value instanceof Uint8Array ? `${value.length} bytes` : JSON.stringify(value)}`;
  });
  return harmless(`${position}  ${txn}  ${texts.join(", ")}`);
}
