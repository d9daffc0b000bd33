import type { Client } from "urql";
import { syncCompletedDocument, syncProgressDocument } from "./liveState";
import type { LiveStore } from "./liveStore";

const retryMs = 2000;
const pollMs = 10_000;

/** Starts `open`, and starts it again whenever it ends by itself. */
function keepOpen(open: (ended: () => void) => () => void): () => void {
  let timer: number | undefined;
  let close = () => {};
  const start = () => {
    let over = false;
    close = open(() => {
      if (over) return;
      over = true;
      timer = window.setTimeout(start, retryMs);
    });
  };
  start();
  return () => {
    clearTimeout(timer);
    close();
  };
}

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
