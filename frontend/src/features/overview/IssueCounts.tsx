import { Link } from "@tanstack/react-router";
import { graphql, readFragment, type FragmentOf } from "@/graphql/graphql";
import { Count } from "@/ui/Count";
import { Section } from "@/ui/Section";
import { categoryLabels, CategoryMark, type StatusCategory } from "@/ui/StatusMark";
import table from "@/ui/table.module.css";
import { countByInstance } from "./issueCounts";
import styles from "./IssueCounts.module.css";

export const issueCountsFragment = graphql(`
  fragment IssueCounts on Query {
    countedInstances: instances {
      id
      name
    }
    byCategory: issueStats(
      groupBy: [{ dimension: INSTANCE }, { dimension: STATUS_CATEGORY }]
      limit: 1000
    ) {
      total
      groups {
        keys
        count
      }
    }
  }
`);

const shown = ["TODO", "IN_PROGRESS", "DONE"] as const satisfies readonly StatusCategory[];

/** How many issues stand where: all together, then each instance. */
export function IssueCounts({ data }: { data: FragmentOf<typeof issueCountsFragment> }) {
  const { countedInstances, byCategory } = readFragment(issueCountsFragment, data);
  const names = countedInstances.map((instance) => instance.name);
  const { all, instances } = countByInstance(names, byCategory.groups);
  const categories = all.UNKNOWN > 0 ? ([...shown, "UNKNOWN"] as const) : shown;
  return (
    <Section title="Issues">
      <div
        className={table.scroll}
        tabIndex={0}
        role="region"
        aria-label="Issues by status category"
      >
        <table className={`${table.table} ${styles.counts}`}>
          <thead>
            <tr>
              <th scope="col">Instance</th>
              {categories.map((category) => (
                <th key={category} scope="col" className={table.number}>
                  <span className={styles.category}>
                    <CategoryMark category={category} />
                    {categoryLabels[category]}
                  </span>
                </th>
              ))}
              <th scope="col" className={table.number}>
                Total
              </th>
            </tr>
          </thead>
          <tbody>
            <tr className={styles.all}>
              <th scope="row">All</th>
              {categories.map((category) => (
                <td key={category} className={table.number}>
                  <Link to="/issues" search={{ categories: [category] }}>
                    <Count value={all[category]} />
                  </Link>
                </td>
              ))}
              <td className={table.number}>
                <Link to="/issues">
                  <Count value={byCategory.total} />
                </Link>
              </td>
            </tr>
            {instances.map(({ name, counts, total }) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                {categories.map((category) => (
                  <td key={category} className={table.number}>
                    <Link to="/issues" search={{ instances: [name], categories: [category] }}>
                      <Count value={counts[category]} />
                    </Link>
                  </td>
                ))}
                <td className={table.number}>
                  <Link to="/issues" search={{ instances: [name] }}>
                    <Count value={total} />
                  </Link>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}
