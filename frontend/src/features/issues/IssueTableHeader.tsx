import { ArrowDown, ArrowUp } from "lucide-react";
import type { KeyboardEvent, PointerEvent } from "react";
import { orderOf } from "./columns";
import { issueOrder, nextOrder, type IssueSearch } from "./issueSearch";
import type { MappedField } from "./mappedFields";
import styles from "./IssueTable.module.css";

interface Props {
  columns: { id: string; label: string; width: number }[];
  search: IssueSearch;
  mapped: readonly MappedField[];
  onSort: (next: Pick<IssueSearch, "sort" | "direction">) => void;
  onResize: (id: string, width: number) => void;
}

/** Names of the columns: a click sorts, the edge between two is dragged or moved by arrows. */
export function IssueTableHeader({ columns, search, mapped, onSort, onResize }: Props) {
  const order = issueOrder(search);
  return (
    <div role="rowgroup" className={styles.head}>
      <div role="row" className={styles.headRow}>
        {columns.map(({ id, label, width }) => {
          const field = orderOf(id, mapped);
          const isSorted = field === order.by;
          const Arrow = order.direction === "ASC" ? ArrowUp : ArrowDown;
          return (
            <div
              key={id}
              role="columnheader"
              className={styles.headCell}
              aria-sort={
                isSorted ? (order.direction === "ASC" ? "ascending" : "descending") : undefined
              }
            >
              {field ? (
                <button
                  type="button"
                  className={styles.sort}
                  onClick={() => onSort(nextOrder(search, field))}
                >
                  {label}
                  {isSorted && <Arrow aria-hidden size={12} />}
                </button>
              ) : (
                <span className={styles.sort}>{label}</span>
              )}
              <ResizeHandle label={label} width={width} onResize={(next) => onResize(id, next)} />
            </div>
          );
        })}
      </div>
    </div>
  );
}

const minWidth = 56;
const maxWidth = 900;
const keyStep = 16;

function ResizeHandle({
  label,
  width,
  onResize,
}: {
  label: string;
  width: number;
  onResize: (width: number) => void;
}) {
  const resize = (next: number) =>
    onResize(Math.round(Math.min(maxWidth, Math.max(minWidth, next))));
  const drag = (event: PointerEvent<HTMLElement>) => {
    event.preventDefault();
    const handle = event.currentTarget;
    const from = event.clientX;
    const before = handle.parentElement?.getBoundingClientRect().width ?? width;
    handle.setPointerCapture(event.pointerId);
    const move = (moved: globalThis.PointerEvent) => resize(before + moved.clientX - from);
    handle.addEventListener("pointermove", move);
    handle.addEventListener(
      "lostpointercapture",
      () => handle.removeEventListener("pointermove", move),
      {
        once: true,
      },
    );
  };
  const step = (event: KeyboardEvent) => {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    event.preventDefault();
    event.stopPropagation();
    resize(width + (event.key === "ArrowRight" ? keyStep : -keyStep));
  };
  return (
    <span
      role="separator"
      aria-orientation="vertical"
      aria-label={`Width of ${label}`}
      aria-valuenow={width}
      aria-valuemin={minWidth}
      aria-valuemax={maxWidth}
      tabIndex={0}
      className={styles.handle}
      onPointerDown={drag}
      onKeyDown={step}
    />
  );
}
