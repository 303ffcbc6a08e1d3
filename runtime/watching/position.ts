/** Positions as programs see them: they name the cluster, so that one of another cluster is noticed. */

import type { Position } from "../../actors/transaction.js";
import { AyesError } from "../errors.js";
import { describe } from "../json-shape.js";

/** Everything that is kept. */
export const BEGIN = "begin";

export function positionText(cluster: string, position: Position): string {
  return `${cluster}.${position}`;
}

/** Throws `invalid` for what is no position of this cluster. */
export function positionIn(cluster: string, text: string): Position {
  const dot = text.lastIndexOf(".");
  const number = text.slice(dot + 1);
  if (dot < 1 || !/^(0|[1-9][0-9]{0,15})$/.test(number)) {
    throw new AyesError(
      "invalid",
      `${describe(text)} is no position; use one that came with an event, a read or a result`,
    );
  }
  if (text.slice(0, dot) !== cluster) {
    throw new AyesError("invalid", `this position is of cluster ${text.slice(0, dot)}, and this is ${cluster}`);
  }
  return Number(number);
}
