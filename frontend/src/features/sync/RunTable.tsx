import { Link } from "@tanstack/react-router";
import { graphql, readFragment, type FragmentOf } from "@/graphql/graphql";
import { formatDuration, formatNumber } from "@/ui/format";
import table from "@/ui/table.module.css";
import { Time } from "@/ui/Time";
import { StateBadge } from "./StateBadge";
import { modeLabels } from "./runState";
import styles from "./RunTable.module.css";

export const runRowFragment = graphql(`
  fragment RunRow on SyncRun {
    id
    mode
    state
    triggeredBy
    startedAt
    durationMs
    issuesFetched
    issuesCreated
    issuesUpdated
    issuesDeleted
    issuesFailed
    error
    instance {
      id
      name
    }
  }
`);

/** Runs, one a row. `bare` goes on under the header of the table before. */
export function RunTable({
  runs,
  label,
  bare = false,
}: {
  runs: readonly (FragmentOf<typeof runRowFragment> & { id: string })[];
  label: string;
  bare?: boolean;
}) {
  return (
    <div className={table.scroll} role="region" aria-label={label} tabIndex={0}>
      <table className={`${table.table} ${styles.runs}`}>
        <thead className={bare ? "visually-hidden" : undefined}>
          <tr>
            <th scope="col">Started</th>
            <th scope="col">State</th>
            <th scope="col">Instance</th>
            <th scope="col">Kind</th>
            <th scope="col">By</th>
            <th scope="col" className={table.number}>
              Took
            </th>
            <th scope="col" className={table.number}>
              Fetched
            </th>
            <th scope="col" className={table.number}>
              Created
            </th>
            <th scope="col" className={table.number}>
              Updated
            </th>
            <th scope="col" className={table.number}>
              Deleted
            </th>
            <th scope="col" className={table.number}>
              Failed
            </th>
          </tr>
        </thead>
        <tbody>
          {runs.map((run) => (
            <RunRow key={run.id} data={run} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function RunRow({ data }: { data: FragmentOf<typeof runRowFragment> }) {
  const run = readFragment(runRowFragment, data);
  return (
    <tr>
      <td className={styles.started}>
        <Link to="/sync/runs/$id" params={{ id: run.id }}>
          <Time at={run.startedAt} />
        </Link>
      </td>
      <td title={run.error ?? undefined}>
        <StateBadge state={run.state} />
      </td>
      <td>{run.instance.name}</td>
      <td>{modeLabels[run.mode]}</td>
      <td className={styles.by}>{run.triggeredBy}</td>
      <td className={table.number}>{run.durationMs !== null && formatDuration(run.durationMs)}</td>
      <Figure value={run.issuesFetched} />
      <Figure value={run.issuesCreated} />
      <Figure value={run.issuesUpdated} />
      <Figure value={run.issuesDeleted} />
      <Figure value={run.issuesFailed} />
    </tr>
  );
}

/** A zero says little, so it is said quietly. */
function Figure({ value }: { value: number }) {
  return (
    <td className={`${table.number} ${value === 0 ? table.quiet : ""}`}>{formatNumber(value)}</td>
  );
}
