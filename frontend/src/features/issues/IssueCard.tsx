import { CategoryMark } from "@/ui/StatusMark";
import { Time } from "@/ui/Time";
import type { IssueRowData } from "./issuesDocument";
import styles from "./IssueCard.module.css";

export const cardHeight = 60;

/** A row where there is no room for columns. */
export function IssueCard({ issue }: { issue: IssueRowData }) {
  return (
    <div role="gridcell" className={styles.card}>
      <span className={styles.line}>
        <CategoryMark category={issue.status.category} />
        <span className={styles.key}>{issue.key}</span>
        <span className={styles.quiet}>{issue.status.name}</span>
        <Time at={issue.updatedAt} className={styles.time} />
      </span>
      <span className={styles.summary}>{issue.summary}</span>
    </div>
  );
}
