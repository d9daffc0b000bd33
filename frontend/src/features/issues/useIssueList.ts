import { useEffect, useState, useSyncExternalStore } from "react";
import { CombinedError, type Client } from "urql";
import { readFragment } from "@/graphql/graphql";
import { useListClient } from "@/graphql/listClient";
import {
  createIssueList,
  type IssueList,
  type IssueListState,
  type IssueSource,
} from "./issueList";
import { issueFilter, orderInput, type IssueSearch } from "./issueSearch";
import { issueRowFragment, issuesDocument, visibleIssuesDocument } from "./issuesDocument";

const pageSize = 100;
const noAnswer = new CombinedError({ networkError: new Error("no answer") });

function issueSource(client: Client, search: IssueSearch, fields: readonly string[]): IssueSource {
  const set = {
    where: issueFilter(search),
    search: search.q ?? null,
    visibility: search.visibility ?? ("LIVE" as const),
  };
  return {
    page: async (after) => {
      const { data, error } = await client.query(issuesDocument, {
        ...set,
        order: [orderInput(search)],
        fields: [...fields],
        first: pageSize,
        after,
        withTotal: after === null,
      });
      // A total that could not be counted comes as an error beside the page.
      if (!data) return { error: error ?? noAnswer };
      const { nodes, pageInfo, totalCount } = data.issues;
      return {
        data: {
          rows: [...readFragment(issueRowFragment, nodes)],
          endCursor: pageInfo.endCursor,
          hasNext: pageInfo.hasNextPage,
          total: totalCount ?? null,
        },
      };
    },
    visible: async (rows) => {
      const { data, error } = await client.query(visibleIssuesDocument, {
        ...set,
        keys: rows.map((row) => row.key),
        shown: shownOf(rows.length),
        fields: [...fields],
      });
      if (!data) return { error: error ?? noAnswer };
      return {
        data: {
          rows: [...readFragment(issueRowFragment, data.visible.nodes)],
          total: data.all.totalCount,
        },
      };
    },
  };
}

/**
 * How many issues are asked for to find so many by their keys: several Jiras may have the same key. More
 * would cost more than an operation may.
 */
export function shownOf(rows: number): number {
  return Math.min(3 * rows, 240);
}

/**
 * The list of issues that the address asks for; the rows of the last one stay until it is here.
 * `fields` are the mapped fields to show; while they are not known, nothing is asked.
 */
export function useIssueList(
  search: IssueSearch,
  fields: readonly string[] | undefined,
): { list: IssueList; state: IssueListState } {
  const client = useListClient();
  // Which issue is open changes nothing about the list.
  const key = JSON.stringify({ ...search, issue: undefined, instance: undefined, shown: fields });
  const [held, setHeld] = useState(() => ({
    key,
    list: createIssueList(issueSource(client, search, fields ?? [])),
  }));
  let { list } = held;
  if (held.key !== key) {
    list = createIssueList(issueSource(client, search, fields ?? []), list.get());
    setHeld({ key, list });
  }
  const isKnown = fields !== undefined;
  useEffect(() => {
    if (isKnown) void list.load();
  }, [list, isKnown]);
  return { list, state: useSyncExternalStore(list.subscribe, list.get) };
}
