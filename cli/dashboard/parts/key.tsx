/** Keys and values as people see them: text as it is, everything else as JSON. */

import type { Key } from "../../../runtime/api.js";
import { Text } from "./text.js";

/** A value as it comes over HTTP. */
export type Shown = { value?: unknown; bytes?: string };

export function KeyText({ of }: { of: Key }) {
  return <Text most={200}>{keyText(of)}</Text>;
}

export function keyText(key: Key): string {
  return typeof key === "string" ? key : JSON.stringify(key);
}

export function valueText({ value, bytes }: Shown): string {
  return bytes === undefined ? JSON.stringify(value) : `${atob(bytes).length} bytes, base64 ${bytes}`;
}
