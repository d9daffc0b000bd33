import { getRouteApi, Link } from "@tanstack/react-router";
import { graphql, readFragment, type ResultOf } from "@/graphql/graphql";
import { useLive } from "@/live/LiveContext";
import { useLiveQuery } from "@/live/useLiveQuery";
import { formatClock, formatDuration, formatExact } from "@/ui/format";
import { Page } from "@/ui/Section";
import { Empty, ErrorState, Loading, Skeleton } from "@/ui/States";
import { Time } from "@/ui/Time";
import { useNow } from "@/ui/useNow";
import { CancelRun } from "./CancelRun";
import { RunErrors } from "./RunErrors";
import { RunFigures, runFiguresFragment } from "./RunFigures";
import { RunPhases, runPhasesFragment } from "./RunPhases";
import { RunProgressBar } from "./RunProgressBar";
import { RunProjects, runProjectsFragment } from "./RunProjects";
import { StateBadge } from "./StateBadge";
import { isOver, modeLabels, stateOutlook, stateTone } from "./runState";
import styles from "./RunScreen.module.css";

const runFragment = graphql(
  `
    fragment Run on SyncRun {
      id
      mode
      state
      triggeredBy
      startedAt
      finishedAt
      durationMs
      error
      instance {
        id
        name
      }
      errors(first: 1) {
        totalCount
      }
      ...RunFigures
      ...RunProjects
      ...RunPhases
    }
  `,
  [runFiguresFragment, runProjectsFragment, runPhasesFragment],
);

const runDocument = graphql(
  `
    query Run($id: ID!) {
      syncRun(id: $id) {
        ...Run
      }
    }
  `,
  [runFragment],
);

const route = getRouteApi("/sync/runs/$id");

/** One run: how it ended, what it did, and what stood in its way. */
export function RunScreen() {
  const { id } = route.useParams();
  return <RunById key={id} id={id} />;
}

function RunById({ id }: { id: string }) {
  const { data, error, refetch } = useLiveQuery(runDocument, { id });
  const run = data?.syncRun && readFragment(runFragment, data.syncRun);
  if (run) return <RunBody run={run} />;
  return (
    <Page title={`Run ${id}`}>
      {error ? (
        <ErrorState what="The run" error={error} onRetry={refetch} />
      ) : data ? (
        <Empty title="There is no such run" action={<Link to="/sync">Go to the history</Link>}>
          <p>The address may be mistyped, or the run is older than the history that is kept.</p>
        </Empty>
      ) : (
        <Loading what="the run">
          <div className={styles.skeleton}>
            <Skeleton width={320} height={20} />
            <Skeleton height={84} />
            <Skeleton height={160} />
          </div>
        </Loading>
      )}
    </Page>
  );
}

function RunBody({ run }: { run: ResultOf<typeof runFragment> }) {
  const progress = useLive((state) => state.progress[run.id]);
  const state = progress?.run.state ?? run.state;
  return (
    <Page
      title={`${modeLabels[run.mode]} run of ${run.instance.name}`}
      aside={
        <div className={styles.aside}>
          <Link to="/sync" search={{ instance: run.instance.name }}>
            All runs of {run.instance.name}
          </Link>
          {!isOver(state) && <CancelRun id={run.id} name={run.instance.name} />}
        </div>
      }
    >
      <div className={styles.state}>
        <p className={styles.line}>
          <span className={styles.badge} data-tone={stateTone(state)}>
            <StateBadge state={state} />
          </span>
          <span className={styles.when}>
            Started <Time at={run.startedAt} /> by {run.triggeredBy}
            {run.durationMs !== null && `, took ${formatDuration(run.durationMs)}`}
            {run.durationMs === null && !isOver(state) && <Elapsed since={run.startedAt} />}
          </span>
        </p>
        <p className={styles.outlook}>{stateOutlook(state)}</p>
        {run.error && <p className={styles.error}>{run.error}</p>}
        {progress && <RunProgressBar progress={progress} />}
        <p className={styles.exact}>
          {formatExact(run.startedAt)}
          {run.finishedAt && ` to ${formatClock(run.finishedAt)}`}
        </p>
      </div>
      <RunFigures data={run} progress={progress} />
      {run.errors.totalCount > 0 && <RunErrors id={run.id} total={run.errors.totalCount} />}
      <RunPhases data={run} />
      <RunProjects data={run} />
    </Page>
  );
}

function Elapsed({ since }: { since: string }) {
  const now = useNow();
  return <>, running for {formatDuration(Math.max(0, now - Date.parse(since)))}</>;
}
