import type { VariablesOf } from "@/graphql/graphql";
import { oneOf, oneText, someOf, textList } from "@/urlParams";
import {
  anyValue,
  mappedName,
  noValue,
  parseMappedFilter,
  type MappedColumn,
} from "./mappedFields";
import { parseDayRange, rangeInstants, type DayRange } from "./dayRange";
import type { issuesDocument } from "./issuesDocument";

export const statusCategories = ["TODO", "IN_PROGRESS", "DONE", "UNKNOWN"] as const;
export type StatusCategory = (typeof statusCategories)[number];

export const issueOrders = [
  "UPDATED",
  "CREATED",
  "RESOLVED",
  "DUE",
  "KEY",
  "PRIORITY",
  "STATUS",
  "SUMMARY",
] as const;
export type IssueOrderField = (typeof issueOrders)[number];

export const visibilities = ["LIVE", "DELETED", "ALL"] as const;

/** Stands in a filter for the issues that have no value there. */
export const none = "(none)";

/**
 * Which issues, in which order, and which one is open: all that a link should share.
 * `instance` belongs to the open issue; the filter is `instances`.
 */
export interface IssueSearch {
  q?: string | undefined;
  instances?: string[] | undefined;
  projects?: string[] | undefined;
  categories?: StatusCategory[] | undefined;
  statuses?: string[] | undefined;
  types?: string[] | undefined;
  priorities?: string[] | undefined;
  assignees?: string[] | undefined;
  labels?: string[] | undefined;
  /** Days on which they were created, or resolved. */
  created?: DayRange | undefined;
  resolved?: DayRange | undefined;
  /** Conditions on mapped fields, each as `name:value`. */
  fields?: string[] | undefined;
  visibility?: "DELETED" | "ALL" | undefined;
  sort?: IssueOrderField | MappedColumn | undefined;
  direction?: "ASC" | "DESC" | undefined;
  issue?: string | undefined;
  instance?: string | undefined;
}

export function parseIssueSearch(raw: Record<string, unknown>): IssueSearch {
  const visibility = oneOf(raw["visibility"], visibilities);
  return {
    q: oneText(raw["q"]),
    instances: textList(raw["instances"]),
    projects: textList(raw["projects"]),
    categories: someOf(raw["categories"], statusCategories),
    statuses: textList(raw["statuses"]),
    types: textList(raw["types"]),
    priorities: textList(raw["priorities"]),
    assignees: textList(raw["assignees"]),
    labels: textList(raw["labels"]),
    created: parseDayRange(oneText(raw["created"])),
    resolved: parseDayRange(oneText(raw["resolved"])),
    fields: textList(textList(raw["fields"])?.filter((text) => parseMappedFilter(text))),
    visibility: visibility === "LIVE" ? undefined : visibility,
    sort: parseIssueOrder(oneText(raw["sort"])),
    direction: oneOf(raw["direction"], ["ASC", "DESC"]),
    issue: oneText(raw["issue"]),
    instance: oneText(raw["instance"]),
  };
}

/** The order of which an address or a menu speaks, if it is one. */
export function parseIssueOrder(text: string | undefined): IssueSearch["sort"] {
  if (text !== undefined && mappedName(text) !== undefined) return text as MappedColumn;
  return oneOf(text, issueOrders);
}

type IssueVariables = VariablesOf<typeof issuesDocument>;
type IssueFilter = NonNullable<IssueVariables["where"]>;

type NamedFilter =
  "instances" | "projects" | "statuses" | "types" | "priorities" | "assignees" | "labels";

const fieldOf = {
  instances: "instance",
  projects: "project",
  statuses: "status",
  types: "type",
  priorities: "priority",
  assignees: "assignee",
  labels: "label",
} as const satisfies Record<NamedFilter, keyof IssueFilter>;

/** One of the given values, or no value where that is among them. */
function matches(field: (typeof fieldOf)[NamedFilter], values: string[]): IssueFilter {
  const named = values.filter((value) => value !== none);
  if (named.length === values.length) return { [field]: { in: named } };
  if (named.length === 0) return { [field]: { isNull: true } };
  return { or: [{ [field]: { in: named } }, { [field]: { isNull: true } }] };
}

/** One condition for each mapped field: any of its values that are asked for. */
function mappedFilters(asked: readonly string[]): IssueFilter[] {
  const byName = new Map<string, string[]>();
  for (const text of asked) {
    const filter = parseMappedFilter(text);
    if (filter) byName.set(filter.name, [...(byName.get(filter.name) ?? []), filter.value]);
  }
  return [...byName].map(([name, values]) => {
    if (values.includes(anyValue)) return { fields: [{ name, isNull: false }] };
    const named = values.filter((value) => value !== noValue);
    const none = { fields: [{ name, isNull: true }] };
    if (named.length === 0) return none;
    const some = { fields: [{ name, in: named }] };
    return named.length < values.length ? { or: [some, none] } : some;
  });
}

/** The server's filter for what the address asks; `except` leaves out one part of it. */
export function issueFilter(
  search: IssueSearch,
  except?: NamedFilter | "categories",
): IssueFilter | null {
  const all: IssueFilter[] = [];
  for (const name of Object.keys(fieldOf) as NamedFilter[]) {
    const values = search[name];
    if (values && name !== except) all.push(matches(fieldOf[name], values));
  }
  if (search.categories && except !== "categories") all.push({ statusCategory: search.categories });
  all.push(...mappedFilters(search.fields ?? []));
  if (search.created) all.push({ created: rangeInstants(search.created) });
  if (search.resolved) all.push({ resolved: rangeInstants(search.resolved) });
  if (all.length <= 1) return all[0] ?? null;
  return { and: all };
}

const ascendingFirst: ReadonlySet<string> = new Set(["KEY", "STATUS", "SUMMARY", "DUE"]);

export function defaultDirection(field: IssueOrderField | MappedColumn): "ASC" | "DESC" {
  return ascendingFirst.has(field) ? "ASC" : "DESC";
}

/** The order that the address asks: newest update first unless it says otherwise. */
export function issueOrder(search: IssueSearch): {
  by: IssueOrderField | MappedColumn;
  direction: "ASC" | "DESC";
} {
  const by = search.sort ?? "UPDATED";
  return { by, direction: search.direction ?? defaultDirection(by) };
}

/** The same for the server. */
export function orderInput(search: IssueSearch): NonNullable<IssueVariables["order"]>[number] {
  const { by, direction } = issueOrder(search);
  const field = mappedName(by);
  const own = issueOrders.find((one) => one === by);
  return field === undefined ? { by: own ?? "UPDATED", direction } : { field, direction };
}

/** What clicking a header asks next: its own order first, then the other way round. */
export function nextOrder(
  search: IssueSearch,
  field: IssueOrderField | MappedColumn,
): Pick<IssueSearch, "sort" | "direction"> {
  const { by, direction } = issueOrder(search);
  if (by !== field) return { sort: field, direction: undefined };
  return { sort: field, direction: direction === "ASC" ? "DESC" : "ASC" };
}

export const filterNames = [
  "instances",
  "projects",
  "categories",
  "statuses",
  "types",
  "priorities",
  "assignees",
  "labels",
] as const;
export type FilterName = (typeof filterNames)[number];

export function hasFilters(search: IssueSearch): boolean {
  return (
    search.q !== undefined ||
    search.visibility !== undefined ||
    search.fields !== undefined ||
    search.created !== undefined ||
    search.resolved !== undefined ||
    filterNames.some((name) => search[name] !== undefined)
  );
}
