import { getRouteApi } from "@tanstack/react-router";
import { useCallback, useEffect, useRef, useState } from "react";
import { useLive } from "@/live/LiveContext";
import { formatNumber } from "@/ui/format";
import { useMediaQuery } from "@/ui/useMediaQuery";
import { FilterBar } from "./FilterBar";
import { IssuePanel } from "./IssuePanel";
import { IssueResults } from "./IssueResults";
import { SearchBox } from "./SearchBox";
import { SortSelect } from "./SortSelect";
import { ViewMenu } from "./ViewMenu";
import { exactKey } from "./issueKey";
import type { IssueSearch } from "./issueSearch";
import type { IssueRowData } from "./issuesDocument";
import { mappedName, useMappedFields, type MappedField } from "./mappedFields";
import type { VisibleRange } from "./IssueTable";
import { useTablePreferences } from "./tablePreferences";
import { useIssueKeys } from "./useIssueKeys";
import { useIssueList } from "./useIssueList";
import styles from "./IssuesScreen.module.css";

const route = getRouteApi("/issues");

function rowIndex(rows: readonly IssueRowData[], { issue, instance }: IssueSearch): number {
  if (issue === undefined) return -1;
  return rows.findIndex(
    (row) => row.key === issue && (instance === undefined || row.instance.name === instance),
  );
}

const none: never[] = [];

/** The mapped fields whose columns are chosen; undefined while it is not known which there are. */
function shownFields(
  visibility: Readonly<Record<string, boolean>>,
  mapped: readonly MappedField[] | undefined,
): readonly string[] | undefined {
  const chosen = Object.keys(visibility).flatMap((column) =>
    visibility[column] === true ? (mappedName(column) ?? []) : [],
  );
  if (chosen.length === 0) return none;
  return mapped && chosen.filter((name) => mapped.some((field) => field.name === name)).sort();
}

/** The explorer: search, filter, sort, and read one issue beside the list. */
export function IssuesScreen() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const preferences = useTablePreferences();
  const mapped = useMappedFields();
  const { list, state } = useIssueList(search, shownFields(preferences.visibility, mapped));
  const narrow = useMediaQuery("(max-width: 640px)");
  const overlay = useMediaQuery("(max-width: 1023px)");
  const input = useRef<HTMLInputElement>(null);

  const ask = useCallback(
    (change: Partial<IssueSearch>) =>
      void navigate({ search: (before) => ({ ...before, ...change }), replace: true }),
    [navigate],
  );
  const askAnew = useCallback(
    (next: IssueSearch) => void navigate({ search: next, replace: true }),
    [navigate],
  );
  const open = useCallback(
    (row: IssueRowData | undefined, replace = false) => {
      if (!row) return;
      void navigate({
        search: (before) => ({ ...before, issue: row.key, instance: row.instance.name }),
        replace,
      });
    },
    [navigate],
  );
  const close = useCallback(() => {
    ask({ issue: undefined, instance: undefined });
    document.getElementById("issues")?.focus();
  }, [ask]);

  const openIndex = rowIndex(state.rows, search);
  const [moved, setMoved] = useState<string | null>(null);
  const movedIndex = moved === null ? -1 : state.rows.findIndex((row) => row.id === moved);
  const cursor = openIndex >= 0 ? openIndex : movedIndex;
  const isOpen = search.issue !== undefined;

  const move = (step: number) => {
    const index = Math.max(0, Math.min(state.rows.length - 1, cursor + step));
    const row = state.rows[index];
    if (!row) return;
    setMoved(row.id);
    if (isOpen) open(row, true);
  };
  useIssueKeys({
    next: () => move(1),
    previous: () => move(-1),
    open: () => open(state.rows[cursor]),
    close: isOpen ? close : undefined,
    search: () => {
      input.current?.focus();
      input.current?.select();
    },
  });

  const visible = useRef<VisibleRange>({ first: 0, last: 0 });
  const revision = useLive((live) => live.revision);
  const seen = useRef(revision);
  useEffect(() => {
    if (seen.current === revision) return;
    seen.current = revision;
    void list.refresh(visible.current.first, visible.current.last);
  }, [revision, list]);
  const keepVisible = useCallback((range: VisibleRange) => {
    visible.current = range;
  }, []);

  const changeQuery = useCallback((q: string) => ask({ q: q === "" ? undefined : q }), [ask]);
  const enter = (words: string) => {
    const key = exactKey(words);
    ask({
      q: words === "" ? undefined : words,
      ...(key ? { issue: key, instance: undefined } : {}),
    });
    document.getElementById("issues")?.focus();
  };

  return (
    <div className={styles.screen} data-fills>
      <title>Issues · Jira Sync</title>
      <div className={styles.list} inert={overlay && isOpen}>
        <header className={styles.head}>
          <h1 className={styles.title}>Issues</h1>
          <SearchBox
            value={search.q ?? ""}
            inputRef={input}
            onChange={changeQuery}
            onEnter={enter}
          />
          <p role="status" className={styles.total}>
            {state.total !== null && `${formatNumber(state.total)} issues`}
          </p>
          {narrow && <SortSelect search={search} mapped={mapped ?? none} onChange={ask} />}
          <ViewMenu
            preferences={preferences}
            search={search}
            mapped={mapped ?? none}
            onChange={askAnew}
          />
        </header>
        <FilterBar search={search} mapped={mapped ?? none} onChange={askAnew} />
        <IssueResults
          state={state}
          search={search}
          preferences={preferences}
          mapped={mapped ?? none}
          narrow={narrow}
          besidePanel={isOpen && !overlay}
          cursor={cursor}
          openId={state.rows[openIndex]?.id ?? null}
          onOpen={(row) => {
            setMoved(row.id);
            open(row, isOpen);
          }}
          onSort={ask}
          onNearEnd={() => void list.loadMore()}
          onVisible={keepVisible}
          onRetry={() => void list.load()}
          onClear={askAnew}
        />
      </div>
      {search.issue !== undefined && (
        <IssuePanel
          key={`${search.instance ?? ""}/${search.issue}`}
          issueKey={search.issue}
          instance={search.instance}
          overlay={overlay}
          onClose={close}
          onNext={cursor >= 0 && cursor < state.rows.length - 1 ? () => move(1) : undefined}
          onPrevious={cursor > 0 ? () => move(-1) : undefined}
        />
      )}
    </div>
  );
}
