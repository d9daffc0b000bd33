import { useTable } from "@tanstack/react-table";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useCallback, useEffect, useMemo, useRef, type CSSProperties } from "react";
import { Button } from "@/ui/Button";
import { explain } from "@/ui/explain";
import { formatNumber } from "@/ui/format";
import { IssueCard, cardHeight } from "./IssueCard";
import { IssueTableHeader } from "./IssueTableHeader";
import { columnsWith, flexibleColumn, issueFeatures, panelVisibility } from "./columns";
import type { IssueListState } from "./issueList";
import type { IssueSearch } from "./issueSearch";
import type { IssueRowData } from "./issuesDocument";
import { mappedColumn, type MappedField } from "./mappedFields";
import { rowHeights, type TablePreferences } from "./tablePreferences";
import styles from "./IssueTable.module.css";

/** The rows in view, first to last. */
export interface VisibleRange {
  first: number;
  last: number;
}

interface Props {
  state: IssueListState;
  search: IssueSearch;
  preferences: TablePreferences;
  mapped: readonly MappedField[];
  narrow: boolean;
  /** An open issue takes the room of all but the first columns. */
  besidePanel: boolean;
  /** Index of the row that the keyboard is on. */
  cursor: number;
  openId: string | null;
  onOpen: (row: IssueRowData) => void;
  onSort: (next: Pick<IssueSearch, "sort" | "direction">) => void;
  onNearEnd: () => void;
  onVisible: (range: VisibleRange) => void;
}

const headerHeight = 32;
const loadAhead = 40;

/** Shows the part of a long list that is in view; the rest is only height. */
export function IssueTable(props: Props) {
  const { state, preferences, narrow, cursor, onNearEnd, onVisible } = props;
  const viewport = useRef<HTMLDivElement>(null);
  const height = narrow ? cardHeight : rowHeights[preferences.density];
  const header = narrow ? 0 : headerHeight;
  const { rows: all } = state;
  // Another function would have every row measured again, with each frame of a scroll.
  const getItemKey = useCallback((index: number) => all[index]?.id ?? index, [all]);
  const virtualizer = useVirtualizer({
    count: state.rows.length,
    getScrollElement: () => viewport.current,
    estimateSize: () => height,
    overscan: 12,
    scrollPaddingStart: header,
    getItemKey,
  });
  useEffect(() => virtualizer.measure(), [virtualizer, height]);

  const items = virtualizer.getVirtualItems();
  const range = virtualizer.range;
  const first = range?.startIndex ?? 0;
  const last = range?.endIndex ?? 0;
  useEffect(() => onVisible({ first, last }), [onVisible, first, last]);
  const isNearEnd = last + loadAhead >= state.rows.length;
  useEffect(() => {
    if (isNearEnd && state.hasNext && state.more === "idle") onNearEnd();
  }, [isNearEnd, state.hasNext, state.more, state.rows.length, onNearEnd]);

  useEffect(() => {
    if (cursor >= 0) virtualizer.scrollToIndex(cursor, { align: "auto" });
  }, [virtualizer, cursor]);

  const wasStale = useRef(false);
  useEffect(() => {
    // The answer to a new question is read from its top.
    if (wasStale.current && !state.stale) viewport.current?.scrollTo({ top: 0 });
    wasStale.current = state.stale;
  }, [state.stale]);

  const rows = items.flatMap((item) => state.rows[item.index] ?? []);
  const top = items[0]?.start ?? 0;
  return (
    <div
      ref={viewport}
      id="issues"
      role="grid"
      aria-label="Issues"
      aria-rowcount={
        state.total === null || state.hasNext ? (state.total ?? -1) : state.rows.length
      }
      aria-activedescendant={cursor >= 0 ? `issue-row-${cursor}` : undefined}
      aria-busy={state.stale}
      tabIndex={0}
      className={styles.viewport}
      data-stale={state.stale}
      data-narrow={narrow}
    >
      <WindowOfRows
        {...props}
        rows={rows}
        firstIndex={items[0]?.index ?? 0}
        top={top}
        total={virtualizer.getTotalSize()}
        height={height}
      />
      <Footer state={state} onRetry={onNearEnd} />
    </div>
  );
}

interface WindowProps extends Props {
  rows: IssueRowData[];
  firstIndex: number;
  top: number;
  total: number;
  height: number;
}

function WindowOfRows(props: WindowProps) {
  const { rows, preferences, mapped, narrow, top, total, height } = props;
  const allColumns = useMemo(() => columnsWith(mapped), [mapped]);
  const unchosen = Object.fromEntries(mapped.map(({ name }) => [mappedColumn(name), false]));
  const table = useTable({
    features: issueFeatures,
    columns: allColumns,
    data: rows,
    getRowId: (row: IssueRowData) => row.id,
    state: {
      columnVisibility: {
        ...unchosen,
        ...(props.besidePanel ? panelVisibility : preferences.visibility),
      },
      columnSizing: preferences.sizing,
    },
  });
  const columns = table.getVisibleLeafColumns();
  const template = columns
    .map((column) =>
      column.id === flexibleColumn ? `minmax(${column.getSize()}px, 1fr)` : `${column.getSize()}px`,
    )
    .join(" ");
  const style: CSSProperties & Record<`--${string}`, string> = {
    "--columns": template,
    "--row": `${height}px`,
    minWidth: narrow ? undefined : table.getTotalSize() + 24,
  };
  return (
    <div style={style} role="presentation">
      {!narrow && (
        <IssueTableHeader
          columns={columns.map((column) => ({
            id: column.id,
            label: String(column.columnDef.header),
            width: column.getSize(),
          }))}
          search={props.search}
          mapped={mapped}
          onSort={props.onSort}
          onResize={(id, width) => preferences.setSizing({ ...preferences.sizing, [id]: width })}
        />
      )}
      <div role="rowgroup" className={styles.body} style={{ height: total }}>
        {table.getRowModel().rows.map((row, offset) => {
          const index = props.firstIndex + offset;
          const issue = row.original;
          return (
            <div
              key={row.id}
              id={`issue-row-${index}`}
              role="row"
              aria-rowindex={index + 1}
              aria-selected={issue.id === props.openId}
              data-cursor={index === props.cursor}
              className={narrow ? styles.card : styles.row}
              style={{ transform: `translateY(${top + offset * height}px)` }}
              onClick={() => props.onOpen(issue)}
            >
              {narrow ? (
                <IssueCard issue={issue} />
              ) : (
                row.getVisibleCells().map((cell) => (
                  <div key={cell.id} role="gridcell" className={styles.cell}>
                    <table.FlexRender cell={cell} />
                  </div>
                ))
              )}
            </div>
          );
        })}
      </div>
    </div>
  );
}

function Footer({ state, onRetry }: { state: IssueListState; onRetry: () => void }) {
  if (state.more === "failed" && state.error) {
    return (
      <div role="alert" className={styles.footer}>
        {explain(state.error).message} <Button onClick={onRetry}>Try again</Button>
      </div>
    );
  }
  if (state.hasNext) return <p className={styles.footer}>Loading more…</p>;
  if (state.rows.length < 20) return null;
  return <p className={styles.footer}>All {formatNumber(state.rows.length)} issues are shown.</p>;
}
