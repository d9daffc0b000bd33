import { Link } from "@tanstack/react-router";
import { graphql, readFragment, type FragmentOf } from "@/graphql/graphql";
import { formatNumber } from "@/ui/format";
import { Section } from "@/ui/Section";
import styles from "./lists.module.css";

export const busiestProjectsFragment = graphql(`
  fragment BusiestProjects on Query {
    busiest: issueStats(
      where: { updated: { gte: $busyFrom } }
      groupBy: [{ dimension: INSTANCE }, { dimension: PROJECT }]
      limit: 8
    ) {
      groups {
        keys
        count
      }
    }
  }
`);

/** Where most issues moved in the last seven days. */
export function BusiestProjects({ data }: { data: FragmentOf<typeof busiestProjectsFragment> }) {
  const { groups } = readFragment(busiestProjectsFragment, data).busiest;
  const most = Math.max(1, ...groups.map(({ count }) => count));
  return (
    <Section title="Busiest projects" aside={<span>issues updated in the last 7 days</span>}>
      {groups.length === 0 ? (
        <p className={styles.empty}>No issue was updated in the last 7 days.</p>
      ) : (
        <ul className={styles.list}>
          {groups.map(({ keys, count }) => {
            const [instance, project] = keys.map(String);
            if (instance === undefined || project === undefined) return null;
            return (
              <li key={`${instance}/${project}`} className={styles.row}>
                <Link
                  to="/issues"
                  search={{ instances: [instance], projects: [project] }}
                  className={styles.main}
                >
                  <span className={styles.project}>{project}</span>
                  <span className={styles.end}>{instance}</span>
                </Link>
                <span aria-hidden className={styles.meter}>
                  <span style={{ width: `${(count / most) * 100}%` }} />
                </span>
                <span className={styles.number}>{formatNumber(count)}</span>
              </li>
            );
          })}
        </ul>
      )}
    </Section>
  );
}
