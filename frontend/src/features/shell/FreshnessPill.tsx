import { Link } from "@tanstack/react-router";
import { CircleAlert, CircleCheck, CircleX, CloudOff, RefreshCw } from "lucide-react";
import { formatExact } from "@/ui/format";
import { useNow } from "@/ui/useNow";
import { freshness, type FreshnessInput } from "./freshness";
import styles from "./FreshnessPill.module.css";

const icons = { ok: CircleCheck, busy: RefreshCw, warn: CircleAlert, bad: CircleX, off: CloudOff };

/** How true the mirror is right now; leads to what keeps it so. */
export function FreshnessPill(input: FreshnessInput) {
  const state = freshness(input, useNow());
  const Icon = icons[state.tone];
  const asOf = [state.prefix, state.asOf].filter(Boolean).join(" · ");
  const label = [asOf, state.age].filter(Boolean).join(", ");
  const short = state.age || state.prefix;
  return (
    <Link
      to="/sync"
      className={styles.pill}
      data-tone={state.tone}
      aria-label={`Freshness: ${label}`}
      title={state.completeAsOf ? formatExact(state.completeAsOf) : undefined}
    >
      <Icon aria-hidden size={14} className={styles.icon} />
      <span className={styles.long}>
        {asOf}
        {state.age && <span className={styles.age}>{state.age}</span>}
      </span>
      <span className={styles.short}>{short}</span>
    </Link>
  );
}
