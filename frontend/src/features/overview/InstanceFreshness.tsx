import { Link } from "@tanstack/react-router";
import { graphql, readFragment, type FragmentOf, type ResultOf } from "@/graphql/graphql";
import { useLive } from "@/live/LiveContext";
import { StateBadge } from "@/features/sync/StateBadge";
import { RunProgressBar } from "@/features/sync/RunProgressBar";
import { formatClock, formatSeconds, plural } from "@/ui/format";
import { Section } from "@/ui/Section";
import { Time } from "@/ui/Time";
import { useNow } from "@/ui/useNow";
import styles from "./InstanceFreshness.module.css";

export const instanceFreshnessFragment = graphql(`
  fragment InstanceFreshness on Query {
    instances {
      id
      name
      url
      kind
      completeAsOf
      reachable
      lastError
    }
    syncStatus {
      nextRunAt
      paused
      last {
        id
        state
        startedAt
        finishedAt
        issuesCreated
        issuesUpdated
        issuesDeleted
        instance {
          id
        }
      }
    }
  }
`);

type Data = ResultOf<typeof instanceFreshnessFragment>;

export const kindLabels = {
  CLOUD: "Cloud",
  DATA_CENTER: "Data Center",
  UNKNOWN: "Not reached yet",
};

/** Per instance: how true its copy is, how its last run ended, and when the next begins. */
export function InstanceFreshness({
  data,
}: {
  data: FragmentOf<typeof instanceFreshnessFragment>;
}) {
  const { instances, syncStatus } = readFragment(instanceFreshnessFragment, data);
  return (
    <Section
      title="Freshness"
      aside={<NextRun at={syncStatus.nextRunAt} paused={syncStatus.paused} />}
    >
      <ul className={styles.list}>
        {instances.map((instance) => (
          <InstanceRow
            key={instance.id}
            instance={instance}
            last={syncStatus.last.find((run) => run.instance.id === instance.id)}
          />
        ))}
      </ul>
    </Section>
  );
}

function InstanceRow({
  instance,
  last,
}: {
  instance: Data["instances"][number];
  last: Data["syncStatus"]["last"][number] | undefined;
}) {
  const progress = useLive((state) =>
    Object.values(state.progress).find(({ run }) => run.instance.id === instance.id),
  );
  const changed = last ? last.issuesCreated + last.issuesUpdated + last.issuesDeleted : 0;
  return (
    <li className={styles.row}>
      <div className={styles.name}>
        <strong>{instance.name}</strong>
        <span className={styles.quiet}>{kindLabels[instance.kind]}</span>
      </div>
      <div className={styles.asOf}>
        {instance.completeAsOf ? (
          <>
            Complete as of <strong>{formatClock(instance.completeAsOf)}</strong>
            <Time at={instance.completeAsOf} className={styles.quiet} />
          </>
        ) : (
          <span className={styles.quiet}>Not complete yet: its first full run has not ended</span>
        )}
      </div>
      <div className={styles.run}>
        {progress ? (
          <RunProgressBar progress={progress} compact />
        ) : last ? (
          <Link to="/sync/runs/$id" params={{ id: last.id }} className={styles.last}>
            <StateBadge state={last.state} />
            <span className={styles.quiet}>{plural(changed, "change")}</span>
          </Link>
        ) : (
          <span className={styles.quiet}>No run yet</span>
        )}
      </div>
      {instance.lastError && <p className={styles.error}>{instance.lastError}</p>}
    </li>
  );
}

function NextRun({ at, paused }: { at: string | null; paused: boolean }) {
  const now = useNow();
  if (paused) return <span>The schedule is paused</span>;
  if (at === null) return null;
  const seconds = Math.ceil((Date.parse(at) - now) / 1000);
  return (
    <span role="timer" aria-live="off">
      {seconds > 0 ? `Next run in ${formatSeconds(seconds, true)}` : "Next run is due"}
    </span>
  );
}
