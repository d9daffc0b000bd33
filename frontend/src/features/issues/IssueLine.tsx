import { Link } from "@tanstack/react-router";
import { graphql, readFragment, type FragmentOf } from "@/graphql/graphql";
import { CategoryMark } from "@/ui/StatusMark";
import styles from "./IssueLine.module.css";

export const issueLineFragment = graphql(`
  fragment IssueLine on Issue {
    id
    key
    summary
    status {
      name
      category
    }
    instance {
      id
      name
    }
  }
`);

/** Another issue in one line; opens in the same panel. */
export function IssueLine({ data }: { data: FragmentOf<typeof issueLineFragment> }) {
  const { key, summary, status, instance } = readFragment(issueLineFragment, data);
  return (
    <Link
      from="/issues"
      search={(before) => ({ ...before, issue: key, instance: instance.name })}
      className={styles.line}
    >
      <CategoryMark category={status.category} />
      <span className={styles.key}>{key}</span>
      <span className={styles.summary}>{summary}</span>
      <span className="visually-hidden">, {status.name}</span>
    </Link>
  );
}
