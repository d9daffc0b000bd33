import { useEffect, useState } from "react";
import { stateLabel } from "@/features/sync/runState";
import { useLiveStore } from "@/live/LiveContext";
import type { CompletedRun, RunProgress } from "@/live/liveState";
import { formatNumber, plural } from "@/ui/format";

const everyMs = 10_000;

function sayProgress({ run, done, expected }: RunProgress): string {
  const of = expected === null ? "" : ` of ${formatNumber(expected)}`;
  return `Sync of ${run.instance.name}: ${formatNumber(done)}${of} issues`;
}

function sayEnd(run: CompletedRun): string {
  const changed = run.issuesCreated + run.issuesUpdated + run.issuesDeleted;
  const state = stateLabel(run.state).toLowerCase();
  return `Sync of ${run.instance.name} ${state}, ${plural(changed, "issue")} changed`;
}

/** Tells a screen reader how runs go: each end, and progress at most every ten seconds. */
export function Announcer() {
  const store = useLiveStore();
  const [text, setText] = useState("");

  useEffect(() => {
    let spokenAt = 0;
    let { completed } = store.get();
    return store.subscribe(() => {
      const state = store.get();
      const [progress] = Object.values(state.progress);
      if (state.completed && state.completed !== completed) {
        setText(sayEnd(state.completed));
      } else if (progress && Date.now() - spokenAt > everyMs) {
        spokenAt = Date.now();
        setText(sayProgress(progress));
      }
      completed = state.completed;
    });
  }, [store]);

  return (
    <p role="status" className="visually-hidden">
      {text}
    </p>
  );
}
