import { getRouteApi } from "@tanstack/react-router";
import { graphql } from "@/graphql/graphql";
import { useLiveQuery } from "@/live/useLiveQuery";
import { Page, Section } from "@/ui/Section";
import { Empty, ErrorState, Loading, RefreshFailed, Skeleton } from "@/ui/States";
import { InstanceRuns, instanceRunsFragment } from "./InstanceRuns";
import { RunHistory, runHistoryFragment } from "./RunHistory";
import { runFilter } from "./runSearch";
import { Schedule, scheduleFragment } from "./Schedule";
import { SyncActions } from "./SyncActions";
import styles from "./SyncScreen.module.css";

const syncDocument = graphql(
  `
    query Sync($where: SyncRunFilter) {
      instances {
        id
        name
      }
      ...InstanceRuns
      ...Schedule
      ...RunHistory
    }
  `,
  [instanceRunsFragment, scheduleFragment, runHistoryFragment],
);

const route = getRouteApi("/sync");

/** What runs now, when the next run comes, and how the earlier ones ended. */
export function SyncScreen() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { data, error, fetching, refetch } = useLiveQuery(syncDocument, {
    where: runFilter(search),
  });
  if (data?.instances.length === 0) {
    return (
      <Page title="Sync">
        <Empty title="There is nothing to sync">
          <p>
            No Jira is configured. Start the server with <code>JIRA_URL_1</code> and{" "}
            <code>JIRA_TOKEN_1</code>, or <code>JIRA_USERNAME_1</code> with{" "}
            <code>JIRA_PASSWORD_1</code>.
          </p>
        </Empty>
      </Page>
    );
  }
  return (
    <Page title="Sync" aside={<SyncActions />}>
      {data ? (
        <>
          <RefreshFailed error={error} onRetry={refetch} />
          <InstanceRuns data={data} />
          <Schedule data={data} />
          <RunHistory
            data={data}
            instances={data.instances.map((instance) => instance.name)}
            search={search}
            fetching={fetching}
            onSearch={(next) => void navigate({ search: next, replace: true, resetScroll: false })}
          />
        </>
      ) : error ? (
        <ErrorState what="The state of the sync" error={error} onRetry={refetch} />
      ) : (
        <SyncSkeleton />
      )}
    </Page>
  );
}

function SyncSkeleton() {
  return (
    <Loading what="the state of the sync">
      <div className={styles.skeleton}>
        <Section title="Instances">
          <Skeleton height={64} />
          <Skeleton height={64} />
        </Section>
        <Section title="Schedule">
          <Skeleton height={56} />
        </Section>
        <Section title="History">
          {Array.from({ length: 12 }, (_, index) => (
            <Skeleton key={index} height={24} />
          ))}
        </Section>
      </div>
    </Loading>
  );
}
