import { graphql, readFragment, type FragmentOf } from "@/graphql/graphql";
import { Button } from "@/ui/Button";
import { formatNumber } from "@/ui/format";
import { Time } from "@/ui/Time";
import styles from "./IssueComments.module.css";

export const issueCommentsFragment = graphql(`
  fragment IssueComments on Issue {
    comments(last: $comments) {
      nodes {
        jiraId
        body
        createdAt
        updatedAt
        author {
          id
          displayName
        }
      }
    }
  }
`);

/** What people wrote, oldest first. */
export function IssueComments({
  data,
  total,
  onMore,
}: {
  data: FragmentOf<typeof issueCommentsFragment>;
  total: number;
  onMore: (() => void) | undefined;
}) {
  const { nodes } = readFragment(issueCommentsFragment, data).comments;
  if (nodes.length === 0) return <p className={styles.quiet}>Nobody has commented.</p>;
  return (
    <>
      <Earlier shown={nodes.length} total={total} what="comments" onMore={onMore} />
      <ol className={styles.comments}>
        {nodes.map(({ jiraId, author, body, createdAt, updatedAt }) => (
          <li key={jiraId}>
            <p className={styles.head}>
              <strong>{author?.displayName ?? "Unknown"}</strong>
              <Time at={createdAt} className={styles.quiet} />
              {updatedAt !== createdAt && <span className={styles.quiet}>edited</span>}
            </p>
            <p className={styles.body}>{body}</p>
          </li>
        ))}
      </ol>
    </>
  );
}

/** Says what is left out of a list that shows only its newest part. */
export function Earlier({
  shown,
  total,
  what,
  onMore,
}: {
  shown: number;
  total: number;
  what: string;
  onMore: (() => void) | undefined;
}) {
  if (shown >= total) return null;
  return (
    <p className={styles.earlier}>
      The newest {formatNumber(shown)} of {formatNumber(total)} {what}.
      {onMore && (
        <Button variant="quiet" onClick={onMore}>
          Show earlier ones
        </Button>
      )}
    </p>
  );
}
