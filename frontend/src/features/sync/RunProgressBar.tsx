import type { RunProgress } from "@/live/liveState";
import { formatNumber, formatRate, formatSeconds } from "@/ui/format";
import styles from "./RunProgressBar.module.css";

const phases = {
  QUEUED: "Queued",
  DISCOVERING: "Discovering",
  FETCHING: "Fetching",
  WRITING: "Storing",
  MAPPING: "Mapping",
  RECONCILING: "Reconciling",
  FINISHED: "Finished",
};

/** How far a run is: a bar where the end is known, the phase where it is not. */
export function RunProgressBar({
  progress,
  compact = false,
}: {
  progress: RunProgress;
  compact?: boolean;
}) {
  const { done, expected, phase } = progress;
  const share = expected ? Math.min(1, done / expected) : null;
  const of = expected === null ? "" : ` / ${formatNumber(expected)}`;
  const facts = [
    `${formatNumber(done)}${of} issues`,
    progress.issuesPerSecond !== null &&
      !compact &&
      `${formatRate(progress.issuesPerSecond)} issues/s`,
    progress.etaSeconds !== null && !compact && `${formatSeconds(progress.etaSeconds, true)} left`,
  ].filter((fact) => fact !== false);
  return (
    <div className={styles.progress}>
      <div className={styles.facts}>
        <span className={styles.phase}>
          {phases[phase]}
          {progress.project && !compact && ` ${progress.project.key}`}
        </span>
        <span>{facts.join(" · ")}</span>
      </div>
      <div
        role="progressbar"
        aria-label={`${progress.run.instance.name}: ${phases[phase].toLowerCase()}`}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={share === null ? undefined : Math.round(share * 100)}
        aria-valuetext={facts.join(", ")}
        className={styles.track}
        data-open={share === null}
      >
        <div className={styles.bar} style={{ width: `${(share ?? 0.3) * 100}%` }} />
      </div>
      {progress.message && !compact && <p className={styles.message}>{progress.message}</p>}
    </div>
  );
}
