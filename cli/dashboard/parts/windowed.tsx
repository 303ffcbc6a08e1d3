/** A long list of which only those rows exist that can be seen. */

import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

type WindowedProps<Item> = {
  items: readonly Item[];
  /** In pixels; all rows are alike. */
  rowHeight: number;
  /** Its element carries the key. */
  row(item: Item): ComponentChildren;
};

/** Rows beyond both edges, so that scrolling shows no gaps and the next row can be tabbed to. */
const BEYOND = 8;

export function Windowed<Item>({ items, rowHeight, row }: WindowedProps<Item>) {
  const box = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(600);
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const watcher = new ResizeObserver(() => setHeight(element.clientHeight));
    watcher.observe(element);
    return () => watcher.disconnect();
  }, []);
  const first = Math.max(0, Math.floor(top / rowHeight) - BEYOND);
  const last = Math.min(items.length, Math.ceil((top + height) / rowHeight) + BEYOND);
  const above = { height: `${first * rowHeight}px` };
  const below = { height: `${(items.length - last) * rowHeight}px` };
  return (
    <div class="windowed" ref={box} onScroll={({ currentTarget }) => setTop(currentTarget.scrollTop)}>
      <div style={above} />
      {items.slice(first, last).map(row)}
      <div style={below} />
    </div>
  );
}
