import {
  columnSizingFeature,
  columnVisibilityFeature,
  createColumnHelper,
  tableFeatures,
} from "@tanstack/react-table";
import { formatDate } from "@/ui/format";
import { StatusMark } from "@/ui/StatusMark";
import { Time } from "@/ui/Time";
import type { IssueOrderField } from "./issueSearch";
import {
  isSortable,
  mappedColumn,
  mappedText,
  type MappedColumn,
  type MappedField,
} from "./mappedFields";
import type { IssueRowData } from "./issuesDocument";
import { PriorityMark } from "./PriorityMark";
import styles from "./columns.module.css";

export const issueFeatures = tableFeatures({ columnVisibilityFeature, columnSizingFeature });

const helper = createColumnHelper<typeof issueFeatures, IssueRowData>();

function Quiet({ children }: { children: string }) {
  return <span className={styles.quiet}>{children}</span>;
}

function list(values: readonly string[]) {
  return values.length > 0 ? <span title={values.join(", ")}>{values.join(", ")}</span> : null;
}

export const issueColumns = helper.columns([
  helper.accessor("key", {
    header: "Key",
    size: 104,
    cell: ({ row }) => <span className={styles.key}>{row.original.key}</span>,
  }),
  helper.accessor("summary", {
    header: "Summary",
    size: 320,
    minSize: 160,
    cell: ({ row }) => (
      <span className={styles.summary} data-deleted={row.original.deletedAt !== null}>
        {row.original.summary}
      </span>
    ),
  }),
  helper.display({
    id: "status",
    header: "Status",
    size: 156,
    cell: ({ row }) => <StatusMark {...row.original.status} />,
  }),
  helper.display({
    id: "type",
    header: "Type",
    size: 92,
    cell: ({ row }) => row.original.type.name,
  }),
  helper.display({
    id: "priority",
    header: "Priority",
    size: 108,
    cell: ({ row }) => row.original.priority && <PriorityMark {...row.original.priority} />,
  }),
  helper.display({
    id: "assignee",
    header: "Assignee",
    size: 148,
    cell: ({ row }) => row.original.assignee?.displayName ?? <Quiet>Unassigned</Quiet>,
  }),
  helper.display({
    id: "reporter",
    header: "Reporter",
    size: 148,
    cell: ({ row }) => row.original.reporter?.displayName,
  }),
  helper.display({
    id: "project",
    header: "Project",
    size: 92,
    cell: ({ row }) => <span title={row.original.project.name}>{row.original.project.key}</span>,
  }),
  helper.display({
    id: "instance",
    header: "Instance",
    size: 116,
    cell: ({ row }) => row.original.instance.name,
  }),
  helper.accessor("resolution", { header: "Resolution", size: 108 }),
  helper.display({
    id: "labels",
    header: "Labels",
    size: 140,
    cell: ({ row }) => list(row.original.labels),
  }),
  helper.display({
    id: "components",
    header: "Components",
    size: 140,
    cell: ({ row }) => list(row.original.components),
  }),
  helper.display({
    id: "fixVersions",
    header: "Fix versions",
    size: 116,
    cell: ({ row }) => list(row.original.fixVersions),
  }),
  helper.display({
    id: "dueDate",
    header: "Due",
    size: 104,
    cell: ({ row }) => row.original.dueDate && formatDate(row.original.dueDate),
  }),
  helper.display({
    id: "createdAt",
    header: "Created",
    size: 108,
    cell: ({ row }) => <Time at={row.original.createdAt} />,
  }),
  helper.display({
    id: "resolvedAt",
    header: "Resolved",
    size: 108,
    cell: ({ row }) => row.original.resolvedAt && <Time at={row.original.resolvedAt} />,
  }),
  helper.display({
    id: "updatedAt",
    header: "Updated",
    size: 108,
    cell: ({ row }) => <Time at={row.original.updatedAt} />,
  }),
]);

/** Columns of every issue, and those of mapped fields. */
export function columnsWith(fields: readonly MappedField[]) {
  return [
    ...issueColumns,
    ...fields.map(({ name, label, type }) =>
      helper.display({
        id: mappedColumn(name),
        header: label,
        size: type === "NUMBER" || type === "BOOLEAN" ? 108 : 140,
        cell: ({ row }) => {
          const value = row.original.fields.find((field) => field.name === name)?.value ?? null;
          const text = mappedText(type, value);
          return text === "" ? null : <span title={text}>{text}</span>;
        },
      }),
    ),
  ];
}

/** The order behind the header of a column. */
export function orderOf(
  column: string,
  fields: readonly MappedField[],
): IssueOrderField | MappedColumn | undefined {
  const field = fields.find(({ name }) => mappedColumn(name) === column);
  if (field) return isSortable(field) ? mappedColumn(field.name) : undefined;
  return orderOfColumn[column];
}

const orderOfColumn: Readonly<Record<string, IssueOrderField>> = {
  key: "KEY",
  summary: "SUMMARY",
  status: "STATUS",
  priority: "PRIORITY",
  dueDate: "DUE",
  createdAt: "CREATED",
  resolvedAt: "RESOLVED",
  updatedAt: "UPDATED",
};

/** What is shown until somebody chooses otherwise. */
export const defaultVisibility: Readonly<Record<string, boolean>> = {
  reporter: false,
  project: false,
  resolution: false,
  labels: false,
  components: false,
  fixVersions: false,
  dueDate: false,
  createdAt: false,
  resolvedAt: false,
};

/** What is left beside an open issue: enough to find the next one. */
export const panelVisibility: Readonly<Record<string, boolean>> = Object.fromEntries(
  issueColumns.map((column) => {
    const id = column.id ?? ("accessorKey" in column ? column.accessorKey : "");
    return [id, ["key", "summary", "status", "updatedAt"].includes(id)];
  }),
);

/** Takes the room that the others leave. */
export const flexibleColumn = "summary";
