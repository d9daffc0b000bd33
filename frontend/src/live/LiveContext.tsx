import { createContext, use, useEffect, useSyncExternalStore, type ReactNode } from "react";
import { useClient } from "urql";
import { subscribeLive } from "./subscribeLive";
import type { LiveState } from "./liveState";
import type { LiveStore } from "./liveStore";

export const LiveContext = createContext<LiveStore | null>(null);

/** Keeps the subscriptions of the page open for as long as it is shown. */
export function LiveProvider({ store, children }: { store: LiveStore; children: ReactNode }) {
  const client = useClient();
  useEffect(() => subscribeLive(client, store), [client, store]);
  return <LiveContext value={store}>{children}</LiveContext>;
}

export function useLiveStore(): LiveStore {
  const store = use(LiveContext);
  if (!store) throw new Error("useLive needs a LiveProvider around it");
  return store;
}

/** One part of the live state; `select` must return the same object while nothing changed. */
export function useLive<T>(select: (state: LiveState) => T): T {
  const store = useLiveStore();
  return useSyncExternalStore(store.subscribe, () => select(store.get()));
}
