import { categoryLabels } from "@/ui/StatusMark";
import { formatDate } from "@/ui/format";
import { rangeDays, type DayRange } from "./dayRange";
import { parseMappedFilter } from "./mappedFields";
import { none, statusCategories, type FilterName, type IssueSearch } from "./issueSearch";

export interface FilterInfo {
  name: FilterName;
  label: string;
  /** What its values are counted by. */
  dimension:
    | "INSTANCE"
    | "PROJECT"
    | "STATUS_CATEGORY"
    | "STATUS"
    | "TYPE"
    | "PRIORITY"
    | "ASSIGNEE"
    | "LABEL";
  /** How issues without a value are called. */
  noneLabel: string;
}

export const filters: readonly FilterInfo[] = [
  { name: "instances", label: "Instance", dimension: "INSTANCE", noneLabel: "No instance" },
  { name: "projects", label: "Project", dimension: "PROJECT", noneLabel: "No project" },
  {
    name: "categories",
    label: "Category",
    dimension: "STATUS_CATEGORY",
    noneLabel: "No category",
  },
  { name: "statuses", label: "Status", dimension: "STATUS", noneLabel: "No status" },
  { name: "types", label: "Type", dimension: "TYPE", noneLabel: "No type" },
  { name: "priorities", label: "Priority", dimension: "PRIORITY", noneLabel: "No priority" },
  { name: "assignees", label: "Assignee", dimension: "ASSIGNEE", noneLabel: "Unassigned" },
  { name: "labels", label: "Label", dimension: "LABEL", noneLabel: "No label" },
];

/** What a person reads for a value of a filter. */
export function valueLabel(filter: FilterInfo, value: string): string {
  if (value === none) return filter.noneLabel;
  if (filter.name !== "categories") return value;
  const category = statusCategories.find((one) => one === value);
  return category ? categoryLabels[category] : value;
}

export interface FilterOption {
  value: string;
  count: number;
}

/** The options of a filter: what occurs, most often first, and what is chosen though it does not. */
export function filterOptions(
  groups: readonly { keys: readonly Json[]; count: number }[],
  chosen: readonly string[],
): FilterOption[] {
  const options = groups.map(({ keys: [key], count }) => ({
    value:
      key === null || key === undefined
        ? none
        : typeof key === "string"
          ? key
          : JSON.stringify(key),
    count,
  }));
  const known = new Set(options.map((option) => option.value));
  const absent = chosen.filter((value) => !known.has(value)).map((value) => ({ value, count: 0 }));
  return [...options, ...absent];
}

/** The address with other values under one filter; none at all takes the filter away. */
export function withFilter(search: IssueSearch, name: FilterName, values: string[]): IssueSearch {
  return { ...search, [name]: values.length > 0 ? values : undefined };
}

/** The address with other values under a mapped field. */
export function withMappedFilter(search: IssueSearch, name: string, values: string[]): IssueSearch {
  const others = (search.fields ?? []).filter((text) => parseMappedFilter(text)?.name !== name);
  const fields = [...others, ...values.map((value) => `${name}:${value}`)];
  return { ...search, fields: fields.length > 0 ? fields : undefined };
}

/** The values that are asked of a mapped field. */
export function mappedValues(search: IssueSearch, name: string): string[] {
  return (search.fields ?? []).flatMap((text) => {
    const filter = parseMappedFilter(text);
    return filter?.name === name ? filter.value : [];
  });
}

/** The address without any question: all live issues, in the order they are in. */
export function withoutFilters({ sort, direction, issue, instance }: IssueSearch): IssueSearch {
  return { sort, direction, issue, instance };
}

export function rangeLabel(range: DayRange): string {
  const [first, last] = rangeDays(range);
  return first === last ? formatDate(first) : `${formatDate(first)} to ${formatDate(last)}`;
}
