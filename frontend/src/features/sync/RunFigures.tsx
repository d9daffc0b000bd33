import { graphql, readFragment, type FragmentOf } from "@/graphql/graphql";
import type { RunProgress } from "@/live/liveState";
import { formatDuration, formatNumber, formatRate } from "@/ui/format";
import { Section } from "@/ui/Section";
import styles from "./RunFigures.module.css";

export const runFiguresFragment = graphql(`
  fragment RunFigures on SyncRun {
    issuesFetched
    issuesCreated
    issuesUpdated
    issuesUnchanged
    issuesDeleted
    issuesFailed
    issuesPerSecond
    requests
    retries
    throttledMs
  }
`);

/** What a run did, in numbers; they move while it runs. */
export function RunFigures({
  data,
  progress,
}: {
  data: FragmentOf<typeof runFiguresFragment>;
  progress: RunProgress | undefined;
}) {
  const stored = readFragment(runFiguresFragment, data);
  const run = { ...stored, ...progress?.run };
  const speed = progress?.issuesPerSecond ?? stored.issuesPerSecond;
  const figures: [string, string, boolean?][] = [
    ["Fetched", formatNumber(run.issuesFetched)],
    ["Created", formatNumber(run.issuesCreated)],
    ["Updated", formatNumber(run.issuesUpdated)],
    ["Unchanged", formatNumber(run.issuesUnchanged)],
    ["Deleted", formatNumber(run.issuesDeleted)],
    ["Failed", formatNumber(run.issuesFailed), run.issuesFailed > 0],
    ["Issues/s", speed === null ? "–" : formatRate(speed)],
    ["Requests", formatNumber(run.requests)],
    ["Retries", formatNumber(run.retries)],
    ["Waited for Jira", run.throttledMs === 0 ? "0 s" : formatDuration(run.throttledMs)],
  ];
  return (
    <Section title="Figures">
      <dl className={styles.figures}>
        {figures.map(([label, value, isBad]) => (
          <div key={label} className={styles.figure} data-bad={isBad ?? false}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </Section>
  );
}
