import { Link } from "@tanstack/react-router";
import { graphql, readFragment, type FragmentOf, type ResultOf } from "@/graphql/graphql";
import { useLive } from "@/live/LiveContext";
import { formatClock, formatNumber, formatSeconds, plural } from "@/ui/format";
import { Section } from "@/ui/Section";
import { Time } from "@/ui/Time";
import { useNow } from "@/ui/useNow";
import { CancelRun } from "./CancelRun";
import { RunProgressBar } from "./RunProgressBar";
import { StateBadge } from "./StateBadge";
import { stateOutlook, stateTone } from "./runState";
import { SyncActions } from "./SyncActions";
import styles from "./InstanceRuns.module.css";

export const instanceRunsFragment = graphql(`
  fragment InstanceRuns on Query {
    instances {
      id
      name
      url
      completeAsOf
      lastError
      issueCount
      projectCount
      rateLimit {
        remaining
        limit
        until
        reason
      }
    }
    syncStatus {
      running {
        id
        state
        startedAt
        instance {
          id
        }
      }
      last {
        id
        state
        mode
        finishedAt
        issuesCreated
        issuesUpdated
        issuesDeleted
        error
        instance {
          id
        }
      }
    }
  }
`);

type Data = ResultOf<typeof instanceRunsFragment>;
type Instance = Data["instances"][number];

/** Each instance with its run in progress, or with how its last one ended. */
export function InstanceRuns({ data }: { data: FragmentOf<typeof instanceRunsFragment> }) {
  const { instances, syncStatus } = readFragment(instanceRunsFragment, data);
  const of = <Run extends { instance: { id: string } }>(runs: readonly Run[], id: string) =>
    runs.find((run) => run.instance.id === id);
  return (
    <Section title="Instances">
      <ul>
        {instances.map((instance) => (
          <InstanceRow
            key={instance.id}
            instance={instance}
            running={of(syncStatus.running, instance.id)}
            last={of(syncStatus.last, instance.id)}
          />
        ))}
      </ul>
    </Section>
  );
}

function InstanceRow({
  instance,
  running,
  last,
}: {
  instance: Instance;
  running: Data["syncStatus"]["running"][number] | undefined;
  last: Data["syncStatus"]["last"][number] | undefined;
}) {
  const progress = useLive((state) =>
    Object.values(state.progress).find(({ run }) => run.instance.id === instance.id),
  );
  const waiting = running?.state === "QUEUED" ? running : undefined;
  const runId = progress?.run.id ?? waiting?.id;
  return (
    <li className={styles.row}>
      <div className={styles.who}>
        <h3 className={styles.name}>{instance.name}</h3>
        <p className={styles.quiet}>
          {plural(instance.issueCount, "issue")} in {plural(instance.projectCount, "project")}
        </p>
      </div>
      <div className={styles.what}>
        {progress ? (
          <RunProgressBar progress={progress} />
        ) : waiting ? (
          <StateBadge state="QUEUED" />
        ) : last ? (
          <LastRun run={last} />
        ) : (
          <p className={styles.quiet}>It has not run yet.</p>
        )}
        <RateLimit limit={progress?.run.instance.rateLimit ?? instance.rateLimit} />
        {instance.lastError && !last?.error && <p className={styles.bad}>{instance.lastError}</p>}
      </div>
      <p className={styles.asOf}>
        {instance.completeAsOf ? (
          <>
            complete as of {formatClock(instance.completeAsOf)} <br />
            <Time at={instance.completeAsOf} className={styles.quiet} />
          </>
        ) : (
          <span className={styles.quiet}>not complete yet</span>
        )}
      </p>
      <div className={styles.actions}>
        {runId !== undefined ? (
          <CancelRun id={runId} name={instance.name} />
        ) : (
          <SyncActions instance={instance.name} />
        )}
      </div>
    </li>
  );
}

function LastRun({ run }: { run: Data["syncStatus"]["last"][number] }) {
  const changed = run.issuesCreated + run.issuesUpdated + run.issuesDeleted;
  const tone = stateTone(run.state);
  return (
    <>
      <Link to="/sync/runs/$id" params={{ id: run.id }} className={styles.last}>
        <StateBadge state={run.state} />
        <span className={styles.quiet}>
          {run.finishedAt && <Time at={run.finishedAt} />}, {plural(changed, "change")}
        </span>
      </Link>
      {(tone === "warn" || tone === "bad") && (
        <p className={styles.outlook}>{stateOutlook(run.state)}</p>
      )}
      {run.error && <p className={styles.bad}>{run.error}</p>}
    </>
  );
}

function RateLimit({ limit }: { limit: Instance["rateLimit"] }) {
  const now = useNow();
  if (!limit) return null;
  const wait = limit.until ? Math.ceil((Date.parse(limit.until) - now) / 1000) : 0;
  if (wait > 0) {
    return (
      <p className={styles.outlook}>
        Jira asked to wait: {formatSeconds(wait, true)} left
        {limit.reason && ` (${limit.reason})`}. It goes on by itself.
      </p>
    );
  }
  if (limit.remaining === null || limit.limit === null) return null;
  return (
    <p className={styles.quiet}>
      {formatNumber(limit.remaining)} of {formatNumber(limit.limit)} requests left at Jira
    </p>
  );
}
