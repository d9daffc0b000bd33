import { useMutation } from "urql";
import { graphql } from "@/graphql/graphql";
import { useLiveStore } from "@/live/LiveContext";
import { explain } from "@/ui/explain";
import { useNotify } from "@/ui/notices";

const startSyncDocument = graphql(`
  mutation StartSync($input: StartSyncInput!) {
    startSync(input: $input) {
      id
      state
      mode
      instance {
        id
        name
      }
    }
  }
`);

export type RunMode = "INCREMENTAL" | "FULL" | "RECONCILE";

const started: Record<RunMode, string> = {
  INCREMENTAL: "Sync asked for",
  FULL: "Full sync asked for",
  RECONCILE: "Comparison of all ids asked for",
};

/** Asks for runs, of all instances or of the named ones, and says what came of it. */
export function useStartSync() {
  const [{ fetching }, startSync] = useMutation(startSyncDocument);
  const store = useLiveStore();
  const notify = useNotify();
  const start = async (mode: RunMode, instances?: string[]) => {
    const input = instances ? { mode, instances } : { mode };
    const { data, error } = await startSync({ input });
    if (error) {
      const { code, message } = explain(error);
      notify("bad", code === "ALREADY_RUNNING" ? "A sync is already running" : message);
      return;
    }
    const names = data?.startSync.map((run) => run.instance.name) ?? [];
    notify("ok", `${started[mode]}: ${names.join(", ")}`);
    store.dispatch({ type: "stale" });
  };
  return { start, starting: fetching };
}
