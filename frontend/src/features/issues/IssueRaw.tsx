import { Copy } from "lucide-react";
import { useQuery } from "urql";
import { graphql } from "@/graphql/graphql";
import { Button } from "@/ui/Button";
import { useNotify } from "@/ui/notices";
import { ErrorState, Loading, Skeleton } from "@/ui/States";
import styles from "./IssueRaw.module.css";

// On its own: it is as big as all the rest together, and few look at it.
const rawDocument = graphql(`
  query RawIssue($key: String!, $instance: String!) {
    issue(key: $key, instance: $instance) {
      id
      raw
    }
  }
`);

/** The issue exactly as Jira sent it. */
export function IssueRaw({ issueKey, instance }: { issueKey: string; instance: string }) {
  const [{ data, error }, ask] = useQuery({
    query: rawDocument,
    variables: { key: issueKey, instance },
    requestPolicy: "cache-and-network",
  });
  const notify = useNotify();
  if (!data?.issue) {
    if (error) {
      return (
        <ErrorState
          what="The raw document"
          error={error}
          onRetry={() => ask({ requestPolicy: "network-only" })}
        />
      );
    }
    return (
      <Loading what="the raw document">
        <Skeleton height={240} />
      </Loading>
    );
  }
  const text = JSON.stringify(data.issue.raw, null, 2);
  const copy = () =>
    navigator.clipboard.writeText(text).then(
      () => notify("ok", "Copied"),
      () => notify("bad", "The browser did not allow copying"),
    );
  return (
    <div className={styles.raw}>
      <Button className={styles.copy} onClick={() => void copy()}>
        <Copy aria-hidden size={14} />
        Copy
      </Button>
      <pre tabIndex={0} aria-label="Raw JSON" className={styles.text}>
        {text}
      </pre>
    </div>
  );
}
