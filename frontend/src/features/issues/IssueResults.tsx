import type { ComponentProps } from "react";
import { Button } from "@/ui/Button";
import { Empty, ErrorState, Loading, Skeleton } from "@/ui/States";
import { IssueTable } from "./IssueTable";
import { withoutFilters } from "./filters";
import { hasFilters, type IssueSearch } from "./issueSearch";
import styles from "./IssueResults.module.css";

type Props = ComponentProps<typeof IssueTable> & {
  onRetry: () => void;
  onClear: (next: IssueSearch) => void;
};

/** The table, or why there is none. */
export function IssueResults(props: Props) {
  const { state } = props;
  if (state.phase === "loading") return <TableSkeleton />;
  if (state.phase === "ready" && state.rows.length > 0) return <IssueTable {...props} />;
  return (
    <div className={styles.message}>
      <NoTable {...props} />
    </div>
  );
}

function NoTable({ state, search, onRetry, onClear }: Props) {
  if (state.phase === "failed" && state.error) {
    return <ErrorState what="The issues" error={state.error} onRetry={onRetry} />;
  }
  if (hasFilters(search)) {
    return (
      <Empty
        title="No issue matches"
        action={<Button onClick={() => onClear(withoutFilters(search))}>Clear all filters</Button>}
      >
        <p>
          Every word must occur in the key, the summary or the description, and every filter must
          hold. Take one away to see more.
        </p>
      </Empty>
    );
  }
  return (
    <Empty title="No issues yet">
      <p>
        They appear here as the first run stores them: watch it under Sync. If no Jira is
        configured, start the server with <code>JIRA_URL_1</code> and a login.
      </p>
    </Empty>
  );
}

function TableSkeleton() {
  return (
    <Loading what="issues">
      <div className={styles.rows}>
        {Array.from({ length: 18 }, (_, index) => (
          <div key={index} className={styles.row}>
            <Skeleton width={64} />
            <Skeleton width={`${30 + ((index * 13) % 28)}%`} />
            <span className={styles.spring} />
            <Skeleton width={88} />
            <Skeleton width={104} />
          </div>
        ))}
      </div>
    </Loading>
  );
}
