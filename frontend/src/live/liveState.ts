import type { FragmentOf, ResultOf } from "@/graphql/graphql";
import { graphql, readFragment } from "@/graphql/graphql";

/** What the shell and the sync screen show of a run while it runs. */
export const runProgressFragment = graphql(`
  fragment RunProgress on SyncProgress {
    phase
    done
    expected
    issuesPerSecond
    etaSeconds
    message
    project {
      id
      key
    }
    run {
      id
      mode
      state
      triggeredBy
      startedAt
      issuesFetched
      issuesCreated
      issuesUpdated
      issuesUnchanged
      issuesDeleted
      issuesFailed
      requests
      retries
      throttledMs
      instance {
        id
        name
        rateLimit {
          remaining
          limit
          until
          reason
        }
      }
    }
  }
`);

export const syncProgressDocument = graphql(
  `
    subscription SyncProgress {
      syncProgress {
        ...RunProgress
      }
    }
  `,
  [runProgressFragment],
);

/** Carries all that a finished run changes elsewhere on the screen without asking again. */
export const syncCompletedDocument = graphql(`
  subscription SyncCompleted {
    syncCompleted {
      id
      mode
      state
      startedAt
      finishedAt
      durationMs
      issuesFetched
      issuesCreated
      issuesUpdated
      issuesDeleted
      issuesFailed
      error
      instance {
        id
        name
        completeAsOf
        reachable
        lastError
        issueCount
      }
    }
  }
`);

export type RunProgress = ResultOf<typeof runProgressFragment>;
export type CompletedRun = ResultOf<typeof syncCompletedDocument>["syncCompleted"];

export interface LiveState {
  /** The websocket is open. */
  socket: "connecting" | "open" | "closed";
  /** The last request over HTTP was answered. */
  reached: boolean;
  /** Latest progress of each run that has not finished, by id of the run. */
  progress: Readonly<Record<string, RunProgress>>;
  /** The run that ended last, since the page was opened. */
  completed: CompletedRun | null;
  /** Grows whenever what is on the screen may be out of date. */
  revision: number;
}

export type LiveEvent =
  | { type: "socketOpened" }
  | { type: "socketClosed" }
  | { type: "answered"; reached: boolean }
  | { type: "progress"; progress: FragmentOf<typeof runProgressFragment> }
  | { type: "completed"; run: CompletedRun }
  /** Something was asked for, or time passed without a socket: ask again. */
  | { type: "stale" };

export const initialLiveState: LiveState = {
  socket: "connecting",
  reached: true,
  progress: {},
  completed: null,
  revision: 0,
};

const over: ReadonlySet<string> = new Set([
  "SUCCEEDED",
  "PARTIAL",
  "FAILED",
  "CANCELLED",
  "INTERRUPTED",
]);

function without(progress: LiveState["progress"], id: string): LiveState["progress"] {
  if (!(id in progress)) return progress;
  return Object.fromEntries(Object.entries(progress).filter(([run]) => run !== id));
}

export function reduceLive(state: LiveState, event: LiveEvent): LiveState {
  switch (event.type) {
    case "socketOpened":
      // After an interruption the runs we knew may be over; those that are not tell again.
      if (state.socket === "connecting") return { ...state, socket: "open", reached: true };
      return {
        ...state,
        socket: "open",
        reached: true,
        progress: {},
        revision: state.revision + 1,
      };
    case "socketClosed":
      if (state.socket === "closed") return state;
      // Asking over HTTP tells whether the server is away or only the socket.
      return { ...state, socket: "closed", revision: state.revision + 1 };
    case "answered":
      return state.reached === event.reached ? state : { ...state, reached: event.reached };
    case "progress": {
      const progress = readFragment(runProgressFragment, event.progress);
      const { id } = progress.run;
      if (progress.phase === "FINISHED" || over.has(progress.run.state)) {
        return { ...state, progress: without(state.progress, id) };
      }
      const isNew = !(id in state.progress);
      return {
        ...state,
        progress: { ...state.progress, [id]: progress },
        // A run that somebody else, or the schedule, began belongs into the lists.
        revision: isNew ? state.revision + 1 : state.revision,
      };
    }
    case "completed":
      return {
        ...state,
        progress: without(state.progress, event.run.id),
        completed: event.run,
        revision: state.revision + 1,
      };
    case "stale":
      return { ...state, revision: state.revision + 1 };
  }
}
