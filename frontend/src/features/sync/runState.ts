export type SyncState =
  "QUEUED" | "RUNNING" | "SUCCEEDED" | "PARTIAL" | "FAILED" | "CANCELLED" | "INTERRUPTED";

export const syncStates: readonly SyncState[] = [
  "QUEUED",
  "RUNNING",
  "SUCCEEDED",
  "PARTIAL",
  "FAILED",
  "CANCELLED",
  "INTERRUPTED",
];

export type Tone = "ok" | "busy" | "warn" | "bad" | "off";

interface StateInfo {
  label: string;
  tone: Tone;
  /** What becomes of it: nothing to do, mends itself, or needs a person. */
  outlook: string;
}

const states: Record<SyncState, StateInfo> = {
  QUEUED: { label: "Queued", tone: "off", outlook: "Begins as soon as the instance is free." },
  RUNNING: { label: "Running", tone: "busy", outlook: "In progress." },
  SUCCEEDED: { label: "Succeeded", tone: "ok", outlook: "Everything that Jira showed is stored." },
  PARTIAL: {
    label: "Partial",
    tone: "warn",
    outlook:
      "Recovers by itself: what is stored stays, what is missing is tried again by the next run.",
  },
  FAILED: {
    label: "Failed",
    tone: "bad",
    outlook: "Needs you: the next run will fail the same way until the cause is mended.",
  },
  CANCELLED: {
    label: "Cancelled",
    tone: "off",
    outlook: "Somebody ended it. What it stored stays, and the next run goes on from there.",
  },
  INTERRUPTED: {
    label: "Interrupted",
    tone: "warn",
    outlook:
      "Recovers by itself: the server went away, and the next run goes on from the last page.",
  },
};

export function stateLabel(state: SyncState): string {
  return states[state].label;
}

export function stateTone(state: SyncState): Tone {
  return states[state].tone;
}

export function stateOutlook(state: SyncState): string {
  return states[state].outlook;
}

export function isOver(state: SyncState): boolean {
  return state !== "QUEUED" && state !== "RUNNING";
}

const severity: Record<SyncState, number> = {
  FAILED: 6,
  PARTIAL: 5,
  INTERRUPTED: 4,
  RUNNING: 3,
  QUEUED: 2,
  CANCELLED: 1,
  SUCCEEDED: 0,
};

/** The state that a person should hear of first. */
export function worstState(all: readonly SyncState[]): SyncState {
  return all.reduce<SyncState>(
    (worst, state) => (severity[state] > severity[worst] ? state : worst),
    "SUCCEEDED",
  );
}

export const modeLabels = {
  INCREMENTAL: "Incremental",
  FULL: "Full",
  RECONCILE: "Reconcile",
} as const;
