import { graphql } from "@/graphql/graphql";
import { useLiveQuery } from "@/live/useLiveQuery";
import { timeZone } from "@/ui/format";
import { Page } from "@/ui/Section";
import { Empty, ErrorState, RefreshFailed } from "@/ui/States";
import { useNow } from "@/ui/useNow";
import { BusiestProjects, busiestProjectsFragment } from "./BusiestProjects";
import { InstanceFreshness, instanceFreshnessFragment } from "./InstanceFreshness";
import { IssueCounts, issueCountsFragment } from "./IssueCounts";
import { OldestOpen, oldestOpenFragment } from "./OldestOpen";
import { OverviewSkeleton } from "./OverviewSkeleton";
import { RunStrip, runStripFragment } from "./RunStrip";
import { overviewTimes } from "./times";
import { WeeklyFlow, weeklyFlowFragment } from "./WeeklyFlow";
import styles from "./OverviewScreen.module.css";

const overviewDocument = graphql(
  `
    query Overview($runsFrom: Time!, $weeksFrom: Time!, $busyFrom: Time!, $timeZone: String!) {
      instances {
        id
      }
      ...InstanceFreshness
      ...RunStrip
      ...IssueCounts
      ...WeeklyFlow
      ...OldestOpen
      ...BusiestProjects
    }
  `,
  [
    instanceFreshnessFragment,
    runStripFragment,
    issueCountsFragment,
    weeklyFlowFragment,
    oldestOpenFragment,
    busiestProjectsFragment,
  ],
);

const hourMs = 3_600_000;

/** Is the mirror true, and how is the work: the first screen, renewed when a sync ends. */
export function OverviewScreen() {
  const times = overviewTimes(useNow(hourMs));
  const { data, error, refetch } = useLiveQuery(overviewDocument, {
    runsFrom: times.newestFrom,
    weeksFrom: times.weeksFrom,
    busyFrom: times.busyFrom,
    timeZone,
  });

  return (
    <Page title="Overview">
      {data ? (
        data.instances.length === 0 ? (
          <NothingConfigured />
        ) : (
          <>
            <RefreshFailed error={error} onRetry={refetch} />
            <InstanceFreshness data={data} />
            <RunStrip data={data} times={times} />
            <div className={styles.columns}>
              <IssueCounts data={data} />
              <WeeklyFlow data={data} weeks={times.weeks} />
            </div>
            <div className={styles.columns}>
              <OldestOpen data={data} />
              <BusiestProjects data={data} />
            </div>
          </>
        )
      ) : error ? (
        <ErrorState what="The overview" error={error} onRetry={refetch} />
      ) : (
        <OverviewSkeleton />
      )}
    </Page>
  );
}

function NothingConfigured() {
  return (
    <Empty title="No Jira is configured yet">
      <p>
        Start the server with <code>JIRA_URL_1</code> and, to log in, either{" "}
        <code>JIRA_USERNAME_1</code> with <code>JIRA_PASSWORD_1</code> or <code>JIRA_TOKEN_1</code>.
        A second Jira takes the same names with <code>_2</code>.
      </p>
      <p>
        To look around without one, run <code>make demo</code>: it brings two simulated instances.
      </p>
    </Empty>
  );
}
