import type { CombinedError } from "urql";
import type { IssueRowData } from "./issuesDocument";

export interface IssuePage {
  rows: IssueRowData[];
  endCursor: string | null;
  hasNext: boolean;
  /** Null when it was not asked for, or counting took too long. */
  total: number | null;
}

export type Loaded<T> = { data: T; error?: never } | { data?: never; error: CombinedError };

/** How the list gets its data; `after` is null for the first page. */
export interface IssueSource {
  page: (after: string | null) => Promise<Loaded<IssuePage>>;
  /** The given rows as they are now, in any order, and the total. */
  visible: (rows: readonly IssueRowData[]) => Promise<Loaded<Pick<IssuePage, "rows" | "total">>>;
}

export interface IssueListState extends IssuePage {
  phase: "loading" | "ready" | "failed";
  more: "idle" | "loading" | "failed";
  /** The rows answer the question before; the new answer is on its way. */
  stale: boolean;
  error: CombinedError | null;
}

export interface IssueList {
  get: () => IssueListState;
  subscribe: (listener: () => void) => () => void;
  /** Loads the first page; again after a failure. */
  load: () => Promise<void>;
  loadMore: () => Promise<void>;
  /** Brings up to date what stands between two indexes, without moving it. */
  refresh: (first: number, last: number) => Promise<void>;
}

const empty: IssueListState = {
  rows: [],
  endCursor: null,
  hasNext: false,
  total: null,
  phase: "loading",
  more: "idle",
  stale: false,
  error: null,
};

/**
 * A list that grows page by page. At its top it is renewed from the first page; further
 * down its rows change in place, because a row that jumps away cannot be read.
 */
export function createIssueList(source: IssueSource, before?: IssueListState): IssueList {
  let state: IssueListState =
    before && before.rows.length > 0
      ? { ...before, phase: "ready", more: "idle", stale: true, error: null }
      : empty;
  // An answer to a question asked before the list was last renewed is dropped.
  let round = 0;
  const listeners = new Set<() => void>();
  const set = (change: Partial<IssueListState>) => {
    state = { ...state, ...change };
    listeners.forEach((listener) => listener());
  };

  const load = async () => {
    const mine = ++round;
    if (state.phase === "failed") set({ phase: "loading", error: null });
    const { data, error } = await source.page(null);
    if (mine !== round) return;
    if (data) set({ ...data, phase: "ready", more: "idle", stale: false, error: null });
    else if (state.phase === "loading" || state.stale) {
      set({ ...empty, phase: "failed", error });
    }
  };

  const loadMore = async () => {
    if (!state.hasNext || state.stale || state.more === "loading") return;
    const mine = round;
    set({ more: "loading" });
    const { data, error } = await source.page(state.endCursor);
    if (mine !== round) return;
    if (error) {
      set({ more: "failed", error });
      return;
    }
    const known = new Set(state.rows.slice(-data.rows.length * 2).map((row) => row.id));
    set({
      rows: [...state.rows, ...data.rows.filter((row) => !known.has(row.id))],
      endCursor: data.endCursor,
      hasNext: data.hasNext,
      more: "idle",
    });
  };

  const refresh = async (first: number, last: number) => {
    if (first === 0 || state.phase !== "ready") {
      await load();
      return;
    }
    const inView = state.rows.slice(first, last + 1);
    if (inView.length === 0) return; // another question has just been asked
    const mine = round;
    const { data } = await source.visible(inView);
    if (mine !== round || !data) return;
    const fresh = new Map(data.rows.map((row) => [row.id, row]));
    set({ rows: state.rows.map((row) => fresh.get(row.id) ?? row), total: data.total });
  };

  return {
    get: () => state,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    load,
    loadMore,
    refresh,
  };
}
