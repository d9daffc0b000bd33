import {
  defaultDirection,
  issueOrder,
  issueOrders,
  parseIssueOrder,
  type IssueOrderField,
  type IssueSearch,
} from "./issueSearch";
import { isSortable, mappedColumn, mappedName, type MappedField } from "./mappedFields";
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
  mapped,
  onChange,
}: {
  search: IssueSearch;
  mapped: readonly MappedField[];
  onChange: (next: Pick<IssueSearch, "sort" | "direction">) => void;
}) {
  const { by, direction } = issueOrder(search);
  const orders = [
    ...issueOrders.map((order) => ({ order, label: labels[order] })),
    ...mapped.filter(isSortable).map(({ name, label }) => ({ order: mappedColumn(name), label })),
  ];
  const isOffered = orders.some(({ order }) => order === by);
  return (
    <select
      aria-label="Order"
      className={styles.select}
      value={`${by} ${direction}`}
      onChange={(event) => {
        const [order, way] = event.target.value.split(" ");
        onChange({
          sort: parseIssueOrder(order),
          direction: way === "ASC" ? "ASC" : "DESC",
        });
      }}
    >
      {!isOffered && (
        <option value={`${by} ${direction}`}>
          {mappedName(by)} {arrow(direction)}
        </option>
      )}
      {orders.flatMap(({ order, label }) => {
        const first = defaultDirection(order);
        return [first, first === "ASC" ? ("DESC" as const) : ("ASC" as const)].map((way) => (
          <option key={`${order} ${way}`} value={`${order} ${way}`}>
            {label} {arrow(way)}
          </option>
        ));
      })}
    </select>
  );
}

function arrow(direction: "ASC" | "DESC"): string {
  return direction === "ASC" ? "↑" : "↓";
}
