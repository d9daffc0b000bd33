import { oneText, someOf } from "@/urlParams";
import { syncStates, type SyncState } from "./runState";

export const syncModes = ["INCREMENTAL", "FULL", "RECONCILE"] as const;

/** The filters of the history of runs, as they stand in the address. */
export interface RunSearch {
  states?: SyncState[] | undefined;
  modes?: (typeof syncModes)[number][] | undefined;
  instance?: string | undefined;
}

export function parseRunSearch(raw: Record<string, unknown>): RunSearch {
  return {
    states: someOf(raw["states"], syncStates),
    modes: someOf(raw["modes"], syncModes),
    instance: oneText(raw["instance"]),
  };
}

/** The server's filter for what the address asks; null for all runs. */
export function runFilter({ states, modes, instance }: RunSearch) {
  if (!states && !modes && instance === undefined) return null;
  return { state: states ?? null, mode: modes ?? null, instance: instance ?? null };
}
