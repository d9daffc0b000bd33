import { useState } from "react";
import { useQuery } from "urql";
import { graphql, readFragment, type FragmentOf } from "@/graphql/graphql";
import { Button } from "@/ui/Button";
import { formatNumber } from "@/ui/format";
import { Section } from "@/ui/Section";
import { Empty, ErrorState } from "@/ui/States";
import { HistoryFilters } from "./HistoryFilters";
import { RunTable, runRowFragment } from "./RunTable";
import { runFilter, type RunSearch } from "./runSearch";

const pageFragment = graphql(
  `
    fragment RunPage on SyncRunConnection {
      nodes {
        id
        ...RunRow
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  `,
  [runRowFragment],
);

export const runHistoryFragment = graphql(
  `
    fragment RunHistory on Query {
      syncRuns(where: $where, first: 50) {
        totalCount
        ...RunPage
      }
    }
  `,
  [pageFragment],
);

const olderRunsDocument = graphql(
  `
    query OlderRunPage($where: SyncRunFilter, $after: String!) {
      syncRuns(where: $where, first: 50, after: $after) {
        ...RunPage
      }
    }
  `,
  [pageFragment],
);

/** The runs that were, newest first; filters stand in the address. */
export function RunHistory({
  data,
  instances,
  search,
  fetching,
  onSearch,
}: {
  data: FragmentOf<typeof runHistoryFragment>;
  instances: readonly string[];
  search: RunSearch;
  fetching: boolean;
  onSearch: (next: RunSearch) => void;
}) {
  const { syncRuns } = readFragment(runHistoryFragment, data);
  const page = readFragment(pageFragment, syncRuns);
  const isFiltered = runFilter(search) !== null;
  return (
    <Section title="History" aside={<span>{formatNumber(syncRuns.totalCount)} runs</span>}>
      <HistoryFilters search={search} instances={instances} onChange={onSearch} />
      {page.nodes.length > 0 ? (
        <>
          <RunTable runs={page.nodes} label="Runs" />
          <Older key={JSON.stringify(search)} page={page.pageInfo} search={search} />
        </>
      ) : fetching ? null : isFiltered ? (
        <Empty
          title="No run matches"
          action={<Button onClick={() => onSearch({})}>Clear the filters</Button>}
        />
      ) : (
        <Empty title="Nothing has run yet">
          <p>The schedule begins by itself, or ask for a run now.</p>
        </Empty>
      )}
    </Section>
  );
}

interface OlderProps {
  page: { hasNextPage: boolean; endCursor: string | null };
  search: RunSearch;
}

/** The pages after the first: each asked for when wanted, and placed by the one before. */
function Older({ page, search }: OlderProps) {
  const [wanted, setWanted] = useState(false);
  if (!page.hasNextPage || page.endCursor === null) return null;
  if (wanted) return <OlderPage after={page.endCursor} search={search} />;
  return (
    <p>
      <Button onClick={() => setWanted(true)}>Show older runs</Button>
    </p>
  );
}

function OlderPage({ after, search }: { after: string; search: RunSearch }) {
  const [{ data, error }, ask] = useQuery({
    query: olderRunsDocument,
    variables: { where: runFilter(search), after },
  });
  if (!data) {
    return error ? (
      <ErrorState
        what="Older runs"
        error={error}
        onRetry={() => ask({ requestPolicy: "network-only" })}
      />
    ) : (
      <p role="status">Loading…</p>
    );
  }
  const page = readFragment(pageFragment, data.syncRuns);
  return (
    <>
      <RunTable runs={page.nodes} label="Older runs" bare />
      <Older page={page.pageInfo} search={search} />
    </>
  );
}
