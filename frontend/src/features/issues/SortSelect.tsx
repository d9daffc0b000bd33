import {
  defaultDirection,
  issueOrder,
  issueOrders,
  type IssueOrderField,
  type IssueSearch,
} from "./issueSearch";
import { mappedName } from "./mappedFields";
import styles from "./SortSelect.module.css";

const labels: Record<IssueOrderField, string> = {
  UPDATED: "Updated",
  CREATED: "Created",
  RESOLVED: "Resolved",
  DUE: "Due",
  KEY: "Key",
  PRIORITY: "Priority",
  STATUS: "Status",
  SUMMARY: "Summary",
};

/** The order, where there are no headers to click. */
export function SortSelect({
  search,
  onChange,
}: {
  search: IssueSearch;
  onChange: (next: Pick<IssueSearch, "sort" | "direction">) => void;
}) {
  const { by, direction } = issueOrder(search);
  return (
    <select
      aria-label="Order"
      className={styles.select}
      value={`${by} ${direction}`}
      onChange={(event) => {
        const [field, way] = event.target.value.split(" ");
        onChange({
          sort: issueOrders.find((one) => one === field),
          direction: way === "ASC" ? "ASC" : "DESC",
        });
      }}
    >
      {!issueOrders.some((one) => one === by) && (
        <option value={`${by} ${direction}`}>
          {mappedName(by)} {direction === "ASC" ? "↑" : "↓"}
        </option>
      )}
      {issueOrders.flatMap((field) => {
        const first = defaultDirection(field);
        return [first, first === "ASC" ? "DESC" : "ASC"].map((way) => (
          <option key={`${field} ${way}`} value={`${field} ${way}`}>
            {labels[field]} {way === "ASC" ? "↑" : "↓"}
          </option>
        ));
      })}
    </select>
  );
}
