import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { graphql, readFragment, type FragmentOf } from "@/graphql/graphql";
import { Button } from "@/ui/Button";
import { formatDate, formatNumber, plural } from "@/ui/format";
import { Section } from "@/ui/Section";
import table from "@/ui/table.module.css";
import { useRoving } from "@/ui/useRoving";
import { weekRange } from "./weeks";
import styles from "./WeeklyFlow.module.css";

export const weeklyFlowFragment = graphql(`
  fragment WeeklyFlow on Query {
    createdByWeek: issueStats(
      where: { created: { gte: $weeksFrom } }
      groupBy: [{ dimension: CREATED, interval: WEEK }]
      timeZone: $timeZone
    ) {
      total
      groups {
        keys
        count
      }
    }
    resolvedByWeek: issueStats(
      where: { resolved: { gte: $weeksFrom } }
      groupBy: [{ dimension: RESOLVED, interval: WEEK }]
      timeZone: $timeZone
    ) {
      total
      groups {
        keys
        count
      }
    }
  }
`);

interface Week {
  monday: string;
  created: number;
  resolved: number;
}

function countsByDay(groups: readonly { keys: readonly Json[]; count: number }[]) {
  return new Map(
    groups.flatMap(({ keys: [day], count }) =>
      typeof day === "string" ? [[day.slice(0, 10), count] as const] : [],
    ),
  );
}

/** Does the work pile up? What was created beside what was resolved, week by week. */
export function WeeklyFlow({
  data,
  weeks: mondays,
}: {
  data: FragmentOf<typeof weeklyFlowFragment>;
  weeks: readonly string[];
}) {
  const { createdByWeek, resolvedByWeek } = readFragment(weeklyFlowFragment, data);
  const [asTable, setAsTable] = useState(false);
  const created = countsByDay(createdByWeek.groups);
  const resolved = countsByDay(resolvedByWeek.groups);
  const weeks = mondays.map((monday) => ({
    monday,
    created: created.get(monday) ?? 0,
    resolved: resolved.get(monday) ?? 0,
  }));
  return (
    <Section
      title="Created and resolved by week"
      aside={
        <Button variant="quiet" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>
          {asTable ? "Show as chart" : "Show as table"}
        </Button>
      }
    >
      {asTable ? (
        <WeekTable weeks={weeks} />
      ) : (
        <WeekChart
          weeks={weeks}
          createdTotal={createdByWeek.total}
          resolvedTotal={resolvedByWeek.total}
        />
      )}
    </Section>
  );
}

function WeekChart({
  weeks,
  createdTotal,
  resolvedTotal,
}: {
  weeks: Week[];
  createdTotal: number;
  resolvedTotal: number;
}) {
  const most = Math.max(1, ...weeks.flatMap(({ created, resolved }) => [created, resolved]));
  const { onKeyDown, item } = useRoving(weeks.length * 2);
  const height = (count: number) => `${(count / most) * 100}%`;
  return (
    <figure className={styles.figure}>
      <figcaption className={styles.legend}>
        <span>
          <i className={styles.created} /> Created {formatNumber(createdTotal)}
        </span>
        <span>
          <i className={styles.resolved} /> Resolved {formatNumber(resolvedTotal)}
        </span>
        <span className={styles.most}>highest {formatNumber(most)}</span>
      </figcaption>
      <ol className={styles.chart} onKeyDown={onKeyDown}>
        {weeks.map(({ monday, created, resolved }, index) => {
          const range = weekRange(monday);
          return (
            <li key={monday} className={styles.week}>
              <Link
                to="/issues"
                search={{ created: range }}
                preload={false}
                className={styles.bar}
                aria-label={`Week of ${formatDate(monday)}: ${plural(created, "issue")} created`}
                title={`Week of ${formatDate(monday)}: ${formatNumber(created)} created`}
                {...item(index * 2)}
              >
                <span className={styles.created} style={{ height: height(created) }} />
              </Link>
              <Link
                to="/issues"
                search={{ resolved: range }}
                preload={false}
                className={styles.bar}
                aria-label={`Week of ${formatDate(monday)}: ${plural(resolved, "issue")} resolved`}
                title={`Week of ${formatDate(monday)}: ${formatNumber(resolved)} resolved`}
                {...item(index * 2 + 1)}
              >
                <span
                  className={styles.resolved}
                  hidden={resolved === 0}
                  style={{ height: height(resolved) }}
                />
              </Link>
            </li>
          );
        })}
      </ol>
      <div aria-hidden className={styles.axis}>
        <span>{formatDate(weeks[0]?.monday ?? "")}</span>
        <span>this week</span>
      </div>
    </figure>
  );
}

function WeekTable({ weeks }: { weeks: Week[] }) {
  return (
    <table className={table.table}>
      <thead>
        <tr>
          <th scope="col">Week of</th>
          <th scope="col" className={table.number}>
            Created
          </th>
          <th scope="col" className={table.number}>
            Resolved
          </th>
          <th scope="col" className={table.number}>
            Difference
          </th>
        </tr>
      </thead>
      <tbody>
        {weeks.toReversed().map(({ monday, created, resolved }) => (
          <tr key={monday}>
            <th scope="row">{formatDate(monday)}</th>
            <td className={table.number}>
              <Link to="/issues" search={{ created: weekRange(monday) }}>
                {formatNumber(created)}
              </Link>
            </td>
            <td className={table.number}>
              <Link to="/issues" search={{ resolved: weekRange(monday) }}>
                {formatNumber(resolved)}
              </Link>
            </td>
            <td className={table.number}>
              {created > resolved && "+"}
              {formatNumber(created - resolved)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
