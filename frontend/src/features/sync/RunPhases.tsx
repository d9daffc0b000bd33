import { graphql, readFragment, type FragmentOf } from "@/graphql/graphql";
import { formatDuration } from "@/ui/format";
import { Section } from "@/ui/Section";
import { splitMetrics } from "./metrics";
import styles from "./RunPhases.module.css";

export const runPhasesFragment = graphql(`
  fragment RunPhases on SyncRun {
    metrics {
      name
      value
      unit
    }
  }
`);

/** Where the time went, and whatever else was measured. */
export function RunPhases({ data }: { data: FragmentOf<typeof runPhasesFragment> }) {
  const { metrics } = readFragment(runPhasesFragment, data);
  const { phases, others, totalMs } = splitMetrics(metrics);
  if (metrics.length === 0) return null;
  const share = (ms: number) => `${(ms / Math.max(totalMs, 1)) * 100}%`;
  return (
    <Section title="Phases">
      {phases.length > 0 && (
        <ul>
          {phases.map(({ label, startMs, ms }) => (
            <li key={label} className={styles.phase}>
              <span>{label}</span>
              <span aria-hidden className={styles.track}>
                <span style={{ marginLeft: share(startMs), width: share(ms) }} />
              </span>
              <span className={styles.number}>{formatDuration(ms)}</span>
            </li>
          ))}
        </ul>
      )}
      {others.length > 0 && (
        <dl className={styles.others}>
          {others.map(({ label, text }) => (
            <div key={label}>
              <dt>{label}</dt>
              <dd>{text}</dd>
            </div>
          ))}
        </dl>
      )}
    </Section>
  );
}
