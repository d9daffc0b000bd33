import { graphql } from "@/graphql/graphql";

/** What only an open mapping shows: it costs more than a row of the list. */
export const mappingDetailsDocument = graphql(`
  query MappingDetails($id: ID!) {
    node(id: $id) {
      __typename
      ... on FieldMapping {
        id
        usedBy
        failedValues(first: 20) {
          value
          problem
          count
          keys
        }
        failedIssues(first: 50) {
          id
          key
          fieldId
          value
          problem
          at
        }
      }
    }
  }
`);
