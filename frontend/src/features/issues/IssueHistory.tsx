import { graphql, readFragment, type FragmentOf } from "@/graphql/graphql";
import { Time } from "@/ui/Time";
import { Earlier } from "./IssueComments";
import { groupChanges } from "./history";
import styles from "./IssueHistory.module.css";

export const issueHistoryFragment = graphql(`
  fragment IssueHistory on Issue {
    changelog(last: $changes) {
      nodes {
        at
        field
        fromText
        from
        toText
        to
        author {
          id
          displayName
        }
      }
    }
  }
`);

/** Who changed what and when, newest first: what happened last is asked for most. */
export function IssueHistory({
  data,
  total,
  onMore,
}: {
  data: FragmentOf<typeof issueHistoryFragment>;
  total: number;
  onMore: (() => void) | undefined;
}) {
  const { nodes } = readFragment(issueHistoryFragment, data).changelog;
  if (nodes.length === 0)
    return <p className={styles.quiet}>Nothing was changed since it was created.</p>;
  return (
    <>
      <Earlier shown={nodes.length} total={total} what="changes" onMore={onMore} />
      <ol className={styles.timeline}>
        {groupChanges(nodes)
          .reverse()
          .map((entry) => (
            <li key={entry.id} className={styles.entry}>
              <p className={styles.head}>
                <strong>{entry.author}</strong>
                <Time at={entry.at} className={styles.quiet} />
              </p>
              <ul>
                {entry.changes.map((change, index) => (
                  <li key={index} className={styles.change}>
                    <span className={styles.field}>{change.field}</span>
                    <span className={styles.from}>{change.from ?? "nothing"}</span>
                    <span aria-hidden className={styles.quiet}>
                      →
                    </span>
                    <span className="visually-hidden">became</span>
                    <span>{change.to ?? <span className={styles.quiet}>nothing</span>}</span>
                  </li>
                ))}
              </ul>
            </li>
          ))}
      </ol>
    </>
  );
}
