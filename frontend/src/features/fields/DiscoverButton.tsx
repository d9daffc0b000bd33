import { RefreshCw } from "lucide-react";
import { useMutation } from "urql";
import { useLiveStore } from "@/live/LiveContext";
import { Button } from "@/ui/Button";
import { explain } from "@/ui/explain";
import { plural } from "@/ui/format";
import { useNotify } from "@/ui/notices";
import { discoverDocument } from "./fieldsDocument";

/** Asks every Jira for its fields now, instead of with the daily look. */
export function DiscoverButton({ onDone }: { onDone: () => void }) {
  const [{ fetching }, discover] = useMutation(discoverDocument);
  const live = useLiveStore();
  const notify = useNotify();
  const ask = async () => {
    const { data, error } = await discover({});
    if (error) notify("bad", explain(error).message);
    if (!data) return;
    const sum = { total: 0, added: 0, changed: 0, missing: 0 };
    for (const found of data.discoverFields) {
      sum.total += found.total;
      sum.added += found.added;
      sum.changed += found.changed;
      sum.missing += found.missing;
    }
    notify(
      "ok",
      `${plural(sum.total, "field")} seen: ${sum.added} new, ${sum.changed} changed, ${sum.missing} gone`,
    );
    live.dispatch({ type: "stale" });
    onDone();
  };
  return (
    <Button disabled={fetching} onClick={() => void ask()}>
      <RefreshCw aria-hidden size={14} />
      {fetching ? "Asking Jira…" : "Discover fields"}
    </Button>
  );
}
