import { useVirtualizer } from "@tanstack/react-virtual";
import { useCallback, useRef, type ReactNode } from "react";
import styles from "./VirtualList.module.css";

/** A list of rows of any height, of which those in view are rendered. */
export function VirtualList<Item>({
  label,
  items,
  keyOf,
  estimate,
  children,
}: {
  label: string;
  items: readonly Item[];
  keyOf: (item: Item) => string;
  /** Height of a row before it has been measured. */
  estimate: number;
  children: (item: Item) => ReactNode;
}) {
  const viewport = useRef<HTMLDivElement>(null);
  const virtualizer = useVirtualizer({
    count: items.length,
    getScrollElement: () => viewport.current,
    estimateSize: () => estimate,
    overscan: 6,
    getItemKey: useCallback(
      (index: number) => {
        const item = items[index];
        return item === undefined ? index : keyOf(item);
      },
      [items, keyOf],
    ),
  });
  return (
    <div ref={viewport} className={styles.viewport}>
      <ul aria-label={label} className={styles.list} style={{ height: virtualizer.getTotalSize() }}>
        {virtualizer.getVirtualItems().map((row) => {
          const item = items[row.index];
          return (
            item !== undefined && (
              <li
                key={row.key}
                ref={virtualizer.measureElement}
                data-index={row.index}
                aria-setsize={items.length}
                aria-posinset={row.index + 1}
                className={styles.row}
                style={{ transform: `translateY(${row.start}px)` }}
              >
                {children(item)}
              </li>
            )
          );
        })}
      </ul>
    </div>
  );
}
