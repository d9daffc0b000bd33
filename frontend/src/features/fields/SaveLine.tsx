import { CircleAlert, CircleCheck, LoaderCircle } from "lucide-react";
import { Button } from "@/ui/Button";
import { explain } from "@/ui/explain";
import type { SaveState } from "./useAutosave";
import styles from "./SaveLine.module.css";

/** Where the saving of a change stands, and what a person can do about it. */
export function SaveLine({
  state,
  saved,
  onSave,
  onRetry,
  onDiscard,
  onCompare,
  onUndo,
}: {
  state: SaveState;
  /** Something was saved since the mapping was opened. */
  saved: boolean;
  onSave: () => void;
  onRetry: () => void;
  onDiscard: () => void;
  /** Opens both versions of a conflict again. */
  onCompare: () => void;
  /** Undefined when there is nothing to undo. */
  onUndo: (() => void) | undefined;
}) {
  const undo = onUndo && (
    <Button variant="quiet" onClick={onUndo}>
      Undo
    </Button>
  );
  return (
    <div className={styles.line} data-phase={state.phase}>
      <div role="status" className={styles.text}>
        <Said state={state} saved={saved} />
      </div>
      <div className={styles.actions}>
        {state.phase === "asking" && (
          <Button variant="primary" onClick={onSave}>
            Save anyway
          </Button>
        )}
        {state.phase === "failed" && <Button onClick={onRetry}>Try again</Button>}
        {state.phase === "conflict" && <Button onClick={onCompare}>Compare both</Button>}
        {["asking", "failed", "invalid"].includes(state.phase) && (
          <Button onClick={onDiscard}>Discard</Button>
        )}
        {state.phase === "same" && undo}
      </div>
    </div>
  );
}

function Said({ state, saved }: { state: SaveState; saved: boolean }) {
  switch (state.phase) {
    case "same":
      return saved ? (
        <p>
          <CircleCheck aria-hidden size={14} className={styles.ok} />
          Saved
        </p>
      ) : (
        <p className={styles.quiet}>Changes save themselves once their dry run loses nothing.</p>
      );
    case "invalid":
      return <p className={styles.quiet}>Not saved: something is missing or wrong above.</p>;
    case "checking":
      return (
        <p>
          <LoaderCircle aria-hidden size={14} className={styles.turns} />
          Checking what it would change…
        </p>
      );
    case "due":
    case "saving":
      return (
        <p>
          <LoaderCircle aria-hidden size={14} className={styles.turns} />
          Saving…
        </p>
      );
    case "asking":
      return (
        <p>
          <CircleAlert aria-hidden size={14} className={styles.warn} />
          <span>
            <strong>Not saved yet.</strong> {state.reasons.join(" ")}
          </span>
        </p>
      );
    case "failed":
      return (
        <p className={styles.bad}>
          <CircleAlert aria-hidden size={14} />
          <span>
            <strong>Not saved.</strong> {explain(state.error).message}
          </span>
        </p>
      );
    case "conflict":
      return (
        <p className={styles.bad}>
          <CircleAlert aria-hidden size={14} />
          <span>Not saved: somebody else changed it.</span>
        </p>
      );
  }
}
