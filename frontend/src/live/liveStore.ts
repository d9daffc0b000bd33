import { initialLiveState, reduceLive, type LiveEvent, type LiveState } from "./liveState";

/** Holds what is live outside React, so that only what shows it renders again. */
export interface LiveStore {
  get: () => LiveState;
  dispatch: (event: LiveEvent) => void;
  subscribe: (listener: () => void) => () => void;
}

export function createLiveStore(initial: LiveState = initialLiveState): LiveStore {
  let state = initial;
  const listeners = new Set<() => void>();
  return {
    get: () => state,
    dispatch: (event) => {
      const next = reduceLive(state, event);
      if (next === state) return;
      state = next;
      listeners.forEach((listener) => listener());
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
