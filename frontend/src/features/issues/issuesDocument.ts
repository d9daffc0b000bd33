import { graphql, type ResultOf } from "@/graphql/graphql";

/** What a row of the table can show, whatever columns are chosen. */
export const issueRowFragment = graphql(`
  fragment IssueRow on Issue {
    id
    key
    summary
    resolution
    labels
    components
    fixVersions
    createdAt
    updatedAt
    resolvedAt
    dueDate
    deletedAt
    instance {
      id
      name
    }
    project {
      id
      key
      name
    }
    type {
      name
    }
    status {
      name
      category
    }
    priority {
      name
      rank
    }
    fields(names: $fields) {
      name
      value
    }
    assignee {
      id
      displayName
    }
    reporter {
      id
      displayName
    }
  }
`);

export type IssueRowData = ResultOf<typeof issueRowFragment>;

export const issuesDocument = graphql(
  `
    query Issues(
      $where: IssueFilter
      $search: String
      $visibility: Visibility!
      $order: [IssueOrder!]
      $first: Int!
      $after: String
      $fields: [String!]!
      $withTotal: Boolean!
    ) {
      issues(
        where: $where
        search: $search
        visibility: $visibility
        orderBy: $order
        first: $first
        after: $after
      ) {
        totalCount @include(if: $withTotal)
        pageInfo {
          hasNextPage
          endCursor
        }
        nodes {
          ...IssueRow
        }
      }
    }
  `,
  [issueRowFragment],
);

/** The rows in view as they are now, wherever the order would put them, and the new total. */
export const visibleIssuesDocument = graphql(
  `
    query VisibleIssues(
      $keys: [String!]!
      $shown: Int!
      $fields: [String!]!
      $where: IssueFilter
      $search: String
      $visibility: Visibility!
    ) {
      visible: issues(where: { key: { in: $keys } }, visibility: ALL, first: $shown) {
        nodes {
          ...IssueRow
        }
      }
      all: issues(where: $where, search: $search, visibility: $visibility, first: 1) {
        totalCount
      }
    }
  `,
  [issueRowFragment],
);
