import { Link } from "@tanstack/react-router";
import { graphql, readFragment, type FragmentOf } from "@/graphql/graphql";
import { Section } from "@/ui/Section";
import { CategoryMark } from "@/ui/StatusMark";
import { Time } from "@/ui/Time";
import styles from "./lists.module.css";

export const oldestOpenFragment = graphql(`
  fragment OldestOpen on Query {
    oldestOpen: issues(
      where: { statusCategory: [TODO, IN_PROGRESS] }
      orderBy: [{ by: CREATED, direction: ASC }]
      first: 8
    ) {
      nodes {
        id
        key
        summary
        createdAt
        status {
          name
          category
        }
        instance {
          id
          name
        }
      }
    }
  }
`);

/** What waits longest. */
export function OldestOpen({ data }: { data: FragmentOf<typeof oldestOpenFragment> }) {
  const { nodes } = readFragment(oldestOpenFragment, data).oldestOpen;
  return (
    <Section
      title="Oldest open work"
      aside={
        <Link
          to="/issues"
          search={{ categories: ["TODO", "IN_PROGRESS"], sort: "CREATED", direction: "ASC" }}
        >
          Show all
        </Link>
      }
    >
      {nodes.length === 0 ? (
        <p className={styles.empty}>Nothing is open.</p>
      ) : (
        <ul className={styles.list}>
          {nodes.map(({ id, key, summary, createdAt, status, instance }) => (
            <li key={id} className={styles.row}>
              <CategoryMark category={status.category} />
              <Link
                to="/issues"
                search={{ issue: key, instance: instance.name }}
                className={styles.main}
              >
                <span className={styles.key}>{key}</span>
                <span className={styles.text}>{summary}</span>
              </Link>
              <Time at={createdAt} className={styles.end} />
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}
