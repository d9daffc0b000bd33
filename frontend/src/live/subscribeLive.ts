import type { Client } from "urql";
import { keepOpen } from "./keepOpen";
import { syncCompletedDocument, syncProgressDocument } from "./liveState";
import type { LiveStore } from "./liveStore";

const pollMs = 10_000;

/**
 * Feeds the store from the server. While the socket is closed the screens ask over HTTP
 * instead: some proxies let no websocket through.
 */
export function subscribeLive(client: Client, store: LiveStore): () => void {
  const closeProgress = keepOpen((ended) => {
    const subscription = client
      .subscription(syncProgressDocument, {})
      .subscribe(({ data, error, hasNext }) => {
        if (data && !error) store.dispatch({ type: "progress", progress: data.syncProgress });
        if (error || !hasNext) ended();
      });
    return () => subscription.unsubscribe();
  });
  const closeCompleted = keepOpen((ended) => {
    const subscription = client
      .subscription(syncCompletedDocument, {})
      .subscribe(({ data, error, hasNext }) => {
        if (data && !error) store.dispatch({ type: "completed", run: data.syncCompleted });
        if (error || !hasNext) ended();
      });
    return () => subscription.unsubscribe();
  });
  const poll = window.setInterval(() => {
    if (store.get().socket !== "open") store.dispatch({ type: "stale" });
  }, pollMs);
  return () => {
    closeProgress();
    closeCompleted();
    clearInterval(poll);
  };
}
