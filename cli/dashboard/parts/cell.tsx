/** A cell of a table that becomes a list of named facts where there is no room for columns. */

import type { ComponentChildren } from "preact";

type CellProps = { name: string; number?: boolean; children: ComponentChildren };

export function Cell({ name, number = false, children }: CellProps) {
  return (
    <td data-name={name} class={number ? "number" : undefined}>
      {children}
    </td>
  );
}
