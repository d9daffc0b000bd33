import { Archive, CircleAlert, CircleCheck, CircleDashed, LoaderCircle } from "lucide-react";
import type { MappingRow } from "./fieldsDocument";
import styles from "./MappingStateBadge.module.css";

const states = {
  PENDING: { label: "Waiting", Icon: CircleDashed, tone: "busy" },
  BACKFILLING: { label: "Filling", Icon: LoaderCircle, tone: "busy" },
  READY: { label: "Ready", Icon: CircleCheck, tone: "ok" },
  RETIRED: { label: "Retired", Icon: Archive, tone: "quiet" },
  FAILED: { label: "Failed", Icon: CircleAlert, tone: "bad" },
} as const;

/** How far a mapping is: a shape, a word and a colour. */
export function MappingStateBadge({ state }: { state: MappingRow["state"] }) {
  const { label, Icon, tone } = states[state];
  return (
    <span className={styles.badge} data-tone={tone} data-turns={state === "BACKFILLING"}>
      <Icon aria-hidden size={14} />
      {label}
    </span>
  );
}
