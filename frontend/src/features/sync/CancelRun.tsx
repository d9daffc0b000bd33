import { useMutation } from "urql";
import { graphql } from "@/graphql/graphql";
import { useLiveStore } from "@/live/LiveContext";
import { Button } from "@/ui/Button";
import { explain } from "@/ui/explain";
import { useNotify } from "@/ui/notices";

const cancelSyncDocument = graphql(`
  mutation CancelSync($id: ID!) {
    cancelSync(id: $id) {
      id
      state
    }
  }
`);

/** Ends a run after the page in hand; what it stored stays. */
export function CancelRun({ id, name }: { id: string; name: string }) {
  const [{ fetching }, cancel] = useMutation(cancelSyncDocument);
  const store = useLiveStore();
  const notify = useNotify();
  const ask = async () => {
    const { error } = await cancel({ id });
    if (error) notify("bad", explain(error).message);
    else notify("ok", `The run of ${name} ends after the page in hand`);
    store.dispatch({ type: "stale" });
  };
  return (
    <Button disabled={fetching} onClick={() => void ask()} aria-label={`Cancel the run of ${name}`}>
      Cancel
    </Button>
  );
}
