import { RefreshCw } from "lucide-react";
import { Button } from "@/ui/Button";
import { useStartSync } from "@/features/sync/useStartSync";
import styles from "./SyncNowButton.module.css";

/** Asks for a run of every instance, from anywhere. */
export function SyncNowButton({ running }: { running: boolean }) {
  const { start, starting } = useStartSync();
  return (
    <Button
      className={styles.button}
      disabled={starting}
      onClick={() => void start("INCREMENTAL")}
      title={running ? "A run is in progress" : "Fetch what changed in every instance"}
    >
      <RefreshCw aria-hidden size={14} />
      <span className={styles.label}>Sync now</span>
    </Button>
  );
}
