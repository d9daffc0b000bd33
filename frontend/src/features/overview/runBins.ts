import { worstState, type SyncState } from "@/features/sync/runState";

export interface StripRun {
  id: string;
  state: SyncState;
  startedAt: string;
  issuesCreated: number;
  issuesUpdated: number;
  issuesDeleted: number;
}

export interface RunBin {
  /** Milliseconds; the bin ends where the next begins. */
  from: number;
  runCount: number;
  changed: number;
  /** The worst of its runs. */
  state: SyncState;
  /** The run to look at: the worst one, of those the one that changed most. Null without runs. */
  runId: string | null;
}

const dayMs = 86_400_000;

function changes(run: StripRun): number {
  return run.issuesCreated + run.issuesUpdated + run.issuesDeleted;
}

/** Puts the runs of the day that begins at `from` into `count` equal parts of it. */
export function binRuns(runs: readonly StripRun[], from: number, count: number): RunBin[] {
  const width = dayMs / count;
  const groups = Array.from({ length: count }, (): StripRun[] => []);
  for (const run of runs) {
    groups[Math.floor((Date.parse(run.startedAt) - from) / width)]?.push(run);
  }
  return groups.map((group, index) => {
    const state = worstState(group.map((run) => run.state));
    const [telling] = group
      .filter((run) => run.state === state)
      .sort((a, b) => changes(b) - changes(a));
    return {
      from: from + index * width,
      runCount: group.length,
      changed: group.reduce((sum, run) => sum + changes(run), 0),
      state,
      runId: telling?.id ?? null,
    };
  });
}
