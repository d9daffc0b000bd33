import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useQuery } from "urql";
import { graphql, readFragment, type FragmentOf } from "@/graphql/graphql";
import { stateLabel, stateTone } from "@/features/sync/runState";
import { StateBadge } from "@/features/sync/StateBadge";
import { Button } from "@/ui/Button";
import { formatNumber, formatShortClock, plural } from "@/ui/format";
import { Section } from "@/ui/Section";
import table from "@/ui/table.module.css";
import { Time } from "@/ui/Time";
import { useRoving } from "@/ui/useRoving";
import { binRuns, type RunBin, type StripRun } from "./runBins";
import type { OverviewTimes } from "./times";
import styles from "./RunStrip.module.css";

const stripRunsFragment = graphql(`
  fragment StripRuns on SyncRunConnection {
    nodes {
      id
      state
      startedAt
      issuesCreated
      issuesUpdated
      issuesDeleted
    }
    pageInfo {
      hasNextPage
    }
  }
`);

export const runStripFragment = graphql(
  `
    fragment RunStrip on Query {
      newestRuns: syncRuns(where: { started: { gte: $runsFrom } }, first: 500) {
        ...StripRuns
      }
    }
  `,
  [stripRunsFragment],
);

// Apart from the overview: these runs are over, so they are asked for once an hour, not
// after every sync. In two parts, because a page has at most 500.
const olderRunsDocument = graphql(
  `
    query OlderRuns($from: Time!, $middle: Time!, $to: Time!) {
      oldest: syncRuns(where: { started: { gte: $from, lt: $middle } }, first: 500) {
        ...StripRuns
      }
      middle: syncRuns(where: { started: { gte: $middle, lt: $to } }, first: 500) {
        ...StripRuns
      }
    }
  `,
  [stripRunsFragment],
);

const binCount = 96;

/** The runs of the last 24 hours, a quarter of an hour a bar. */
export function RunStrip({
  data,
  times,
}: {
  data: FragmentOf<typeof runStripFragment>;
  times: OverviewTimes;
}) {
  const [older] = useQuery({
    query: olderRunsDocument,
    variables: {
      from: new Date(times.stripFrom).toISOString(),
      middle: times.middleFrom,
      to: times.newestFrom,
    },
  });
  const [asTable, setAsTable] = useState(false);
  const parts = [readFragment(runStripFragment, data).newestRuns];
  if (older.data) parts.push(older.data.middle, older.data.oldest);
  const pages = parts.map((part) => readFragment(stripRunsFragment, part));
  const runs: StripRun[] = pages.flatMap((page) => page.nodes);
  const bins = binRuns(runs, times.stripFrom, binCount);
  const isCut = pages.some((page) => page.pageInfo.hasNextPage);
  const changed = bins.reduce((sum, bin) => sum + bin.changed, 0);

  return (
    <Section
      title="Runs of the last 24 hours"
      aside={
        <>
          <span>
            {plural(runs.length, "run")}
            {isCut && " (the oldest left out)"}, {plural(changed, "change")}
          </span>
          <Button variant="quiet" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>
            {asTable ? "Show as chart" : "Show as table"}
          </Button>
        </>
      }
    >
      {asTable ? <RunTable bins={bins} /> : <RunChart bins={bins} />}
    </Section>
  );
}

function describe(bin: RunBin): string {
  const runs =
    bin.runCount === 1
      ? stateLabel(bin.state)
      : `${bin.runCount} runs, ${stateLabel(bin.state).toLowerCase()}`;
  return `${formatShortClock(bin.from)}: ${runs}, ${plural(bin.changed, "change")}`;
}

function RunChart({ bins }: { bins: RunBin[] }) {
  const filled = bins.filter((bin) => bin.runId !== null);
  const most = Math.max(1, ...bins.map((bin) => bin.changed));
  const { onKeyDown, item } = useRoving(filled.length);
  return (
    <figure>
      <figcaption className="visually-hidden">
        Each bar opens a run. The arrow keys move from bar to bar.
      </figcaption>
      <ol className={styles.strip} onKeyDown={onKeyDown}>
        {bins.map((bin) => (
          <li key={bin.from} className={styles.slot}>
            {bin.runId !== null && (
              <Link
                to="/sync/runs/$id"
                params={{ id: bin.runId }}
                preload={false}
                className={styles.bar}
                data-tone={stateTone(bin.state)}
                aria-label={describe(bin)}
                title={describe(bin)}
                {...item(filled.indexOf(bin))}
              >
                <span
                  className={styles.fill}
                  style={{
                    height: `${bin.changed === 0 ? 0 : Math.max(6, Math.sqrt(bin.changed / most) * 100)}%`,
                  }}
                />
              </Link>
            )}
          </li>
        ))}
      </ol>
      <div aria-hidden className={styles.axis}>
        {[0, 24, 48, 72].map((index) => (
          <span key={index}>{formatShortClock(bins[index]?.from ?? 0)}</span>
        ))}
        <span>now</span>
      </div>
    </figure>
  );
}

function RunTable({ bins }: { bins: RunBin[] }) {
  const filled = bins.filter((bin) => bin.runId !== null).reverse();
  return (
    <div
      className={styles.tableBox}
      tabIndex={0}
      role="region"
      aria-label="Runs by quarter of an hour"
    >
      <table className={table.table}>
        <thead>
          <tr>
            <th scope="col">From</th>
            <th scope="col">Worst state</th>
            <th scope="col" className={table.number}>
              Runs
            </th>
            <th scope="col" className={table.number}>
              Changes
            </th>
          </tr>
        </thead>
        <tbody>
          {filled.map((bin) => (
            <tr key={bin.from}>
              <td>
                <Time at={new Date(bin.from).toISOString()} />
              </td>
              <td>
                {bin.runId !== null && (
                  <Link to="/sync/runs/$id" params={{ id: bin.runId }}>
                    <StateBadge state={bin.state} />
                  </Link>
                )}
              </td>
              <td className={table.number}>{formatNumber(bin.runCount)}</td>
              <td className={table.number}>{formatNumber(bin.changed)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
