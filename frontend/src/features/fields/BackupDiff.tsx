import { useState } from "react";
import { useMutation, useQuery } from "urql";
import { useLiveStore } from "@/live/LiveContext";
import { Button } from "@/ui/Button";
import { explain } from "@/ui/explain";
import { plural } from "@/ui/format";
import { useNotify } from "@/ui/notices";
import { ErrorState } from "@/ui/States";
import {
  backupDiffDocument,
  restoreDocument,
  type BackupRow,
  type Difference,
} from "./backupsDocument";
import { RestoreDialog } from "./RestoreDialog";
import { tellDifference } from "./savedMapping";
import styles from "./BackupDiff.module.css";

const kinds: Record<Difference["kind"], string> = {
  ADDED: "came since: a restore of all retires it",
  REMOVED: "is gone since: a restore makes it again",
  CHANGED: "was changed since",
};

/** How a backup differs from now, and the choice of what to restore. */
export function BackupDiff({ backup, onRestored }: { backup: BackupRow; onRestored: () => void }) {
  const [{ data, error }, ask] = useQuery({
    query: backupDiffDocument,
    variables: { id: backup.id },
    requestPolicy: "network-only",
  });
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [asking, setAsking] = useState<"all" | "some">();
  const [{ fetching, error: refused }, restore] = useMutation(restoreDocument);
  const live = useLiveStore();
  const notify = useNotify();
  const renew = () => ask({ requestPolicy: "network-only" });
  if (data?.node?.__typename !== "FieldMappingBackup") {
    if (error) return <ErrorState what="The differences" error={error} onRetry={renew} />;
    return <p role="status">{data ? "It is no longer kept." : "Comparing…"}</p>;
  }
  const { differences } = data.node;
  if (differences.length === 0) {
    return <p className={styles.same}>The mappings are as they were then.</p>;
  }
  const restoreNow = async (names: readonly string[] | null) => {
    const result = await restore({ backupId: backup.id, names: names && [...names] });
    setAsking(undefined);
    if (!result.data) return;
    const { length } = result.data.restoreFieldMappings;
    notify("ok", length === 1 ? "1 mapping is restored" : `${length} mappings are restored`);
    setChosen([]);
    live.dispatch({ type: "stale" });
    renew();
    onRestored();
  };
  const toggle = (name: string) =>
    setChosen(chosen.includes(name) ? chosen.filter((one) => one !== name) : [...chosen, name]);
  return (
    <div className={styles.diff}>
      <ul className={styles.list} aria-label="Differences between the backup and now">
        {differences.map((difference) => (
          <DifferenceRow
            key={difference.name}
            difference={difference}
            chosen={chosen.includes(difference.name)}
            onToggle={() => toggle(difference.name)}
          />
        ))}
      </ul>
      {refused && (
        <p role="alert" className={styles.bad}>
          {explain(refused).message}
        </p>
      )}
      <div className={styles.actions}>
        <Button disabled={chosen.length === 0 || fetching} onClick={() => setAsking("some")}>
          Restore {chosen.length > 0 ? plural(chosen.length, "chosen mapping") : "the chosen"}…
        </Button>
        <Button variant="primary" disabled={fetching} onClick={() => setAsking("all")}>
          Restore all…
        </Button>
      </div>
      {asking && (
        <RestoreDialog
          backup={backup}
          differences={
            asking === "all" ? differences : differences.filter(({ name }) => chosen.includes(name))
          }
          onRestore={() => void restoreNow(asking === "all" ? null : chosen)}
          onClose={() => setAsking(undefined)}
        />
      )}
    </div>
  );
}

function DifferenceRow({
  difference,
  chosen,
  onToggle,
}: {
  difference: Difference;
  chosen: boolean;
  onToggle: () => void;
}) {
  const { name, kind, backup, now } = difference;
  const lines = tellDifference(backup, now);
  return (
    <li className={styles.difference}>
      {kind === "ADDED" ? (
        <p className={styles.name} data-unchosen>
          <strong>{name}</strong> {kinds[kind]}
        </p>
      ) : (
        <label className={styles.name}>
          <input type="checkbox" checked={chosen} onChange={onToggle} />
          <span>
            <strong>{name}</strong> {kinds[kind]}
          </span>
        </label>
      )}
      <dl className={styles.parts}>
        {lines.map((line) => (
          <div key={line.part} className={styles.part}>
            <dt>{line.part}</dt>
            <dd>
              {kind === "CHANGED" ? (
                <>
                  <del>
                    <span className="visually-hidden">Now </span>
                    {line.now || "nothing"}
                  </del>{" "}
                  <ins>
                    <span className="visually-hidden">, in the backup </span>
                    {line.backup || "nothing"}
                  </ins>
                </>
              ) : (
                line.backup || line.now
              )}
            </dd>
          </div>
        ))}
      </dl>
    </li>
  );
}
