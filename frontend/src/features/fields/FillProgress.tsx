import { formatNumber, formatRate, formatSeconds } from "@/ui/format";
import type { MappingRow } from "./fieldsDocument";
import type { MappingProgress } from "./useMappingProgress";
import styles from "./FillProgress.module.css";

/** How far the fill of a column is. */
export function FillProgress({
  mapping,
  progress,
  compact = false,
}: {
  mapping: MappingRow;
  progress: MappingProgress | undefined;
  compact?: boolean;
}) {
  const done = progress?.done ?? mapping.fillDone ?? 0;
  const total = progress?.total ?? mapping.fillTotal ?? 0;
  const rate = progress?.issuesPerSecond ?? null;
  const share = total > 0 ? Math.min(1, done / total) : null;
  const facts = [
    total > 0
      ? `${formatNumber(done)} of ${formatNumber(total)} issues`
      : "Its column is being made",
    rate !== null && !compact && `${formatRate(rate)} issues/s`,
    rate !== null && rate > 0 && !compact && `${formatSeconds((total - done) / rate, true)} left`,
  ].filter((fact) => fact !== false);
  return (
    <div className={styles.progress}>
      <div
        role="progressbar"
        aria-label={`Fill of ${mapping.label}`}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={share === null ? undefined : Math.round(share * 100)}
        aria-valuetext={facts.join(", ")}
        className={styles.track}
        data-open={share === null}
      >
        <div className={styles.bar} style={{ width: `${(share ?? 0.3) * 100}%` }} />
      </div>
      <p className={styles.facts}>{facts.join(" · ")}</p>
    </div>
  );
}
