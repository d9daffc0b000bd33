import {
  Ban,
  CircleAlert,
  CircleCheck,
  CircleDashed,
  CircleX,
  LoaderCircle,
  Unplug,
} from "lucide-react";
import { stateLabel, stateTone, type SyncState } from "./runState";
import styles from "./StateBadge.module.css";

const icons = {
  QUEUED: CircleDashed,
  RUNNING: LoaderCircle,
  SUCCEEDED: CircleCheck,
  PARTIAL: CircleAlert,
  FAILED: CircleX,
  CANCELLED: Ban,
  INTERRUPTED: Unplug,
};

/** The state of a run: a shape, a word and a colour, in this order of trust. */
export function StateBadge({ state, still = false }: { state: SyncState; still?: boolean }) {
  const Icon = icons[state];
  return (
    <span className={styles.badge} data-tone={stateTone(state)} data-still={still}>
      <Icon aria-hidden size={14} />
      {stateLabel(state)}
    </span>
  );
}
