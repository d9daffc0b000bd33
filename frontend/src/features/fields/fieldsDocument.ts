import { graphql, type ResultOf } from "@/graphql/graphql";

/** A discovered field as the list shows it. */
export const fieldRowFragment = graphql(`
  fragment FieldRow on JiraField {
    fieldId
    name
    custom
    type
    items
    schemaCustom
    usage
    sample
    namesakes
    changedAt
    discoveredAt
    missingSince
    instance {
      id
      name
    }
  }
`);

export type FieldRow = ResultOf<typeof fieldRowFragment>;

export const fieldPageDocument = graphql(
  `
    query FieldPage($after: String) {
      jiraFields(first: 500, after: $after) {
        pageInfo {
          hasNextPage
          endCursor
        }
        nodes {
          ...FieldRow
        }
      }
    }
  `,
  [fieldRowFragment],
);

export const mappingRowFragment = graphql(`
  fragment MappingRow on FieldMapping @_unmask {
    id
    name
    label
    type
    state
    error
    filled
    conversionErrors
    completeness
    fillDone
    fillTotal
    indexed
    aliases
    version
    updatedAt
    updatedBy
    sources {
      fieldId
      instance {
        id
        name
      }
      field {
        name
        missingSince
      }
    }
  }
`);

export type MappingRow = ResultOf<typeof mappingRowFragment>;

const suggestionFragment = graphql(`
  fragment SuggestionRow on FieldMappingSuggestion @_unmask {
    name
    label
    type
    score
    reason
    sources {
      fieldId
      instance {
        id
        name
      }
      field {
        name
        type
        usage
        sample
      }
    }
  }
`);

export type SuggestionRow = ResultOf<typeof suggestionFragment>;

export const fieldsDocument = graphql(
  `
    query Fields {
      instances {
        id
        name
      }
      fieldMappings {
        ...MappingRow
      }
      fieldMappingSuggestions(first: 500) {
        ...SuggestionRow
      }
    }
  `,
  [mappingRowFragment, suggestionFragment],
);

/** The mappings as they are at this moment: asked after a conflict. */
export const mappingsNowDocument = graphql(
  `
    query MappingsNow {
      fieldMappings {
        ...MappingRow
      }
    }
  `,
  [mappingRowFragment],
);

export const previewDocument = graphql(`
  query PreviewFieldMapping($input: FieldMappingInput!) {
    previewFieldMapping(input: $input) {
      column
      type
      filled
      empty
      failed
      examined
      total
      estimatedSeconds
      samples {
        issueKey
        raw
        value
        problem
      }
      failures {
        value
        problem
        count
        keys
      }
    }
  }
`);

export type Preview = ResultOf<typeof previewDocument>["previewFieldMapping"];

export const saveMappingDocument = graphql(
  `
    mutation SaveFieldMapping($input: FieldMappingInput!) {
      saveFieldMapping(input: $input) {
        ...MappingRow
      }
    }
  `,
  [mappingRowFragment],
);

export const retireMappingDocument = graphql(
  `
    mutation RetireFieldMapping($id: ID!) {
      retireFieldMapping(id: $id) {
        ...MappingRow
      }
    }
  `,
  [mappingRowFragment],
);

export const purgeMappingDocument = graphql(`
  mutation PurgeFieldMapping($id: ID!, $name: String!) {
    purgeFieldMapping(id: $id, name: $name)
  }
`);

export const discoverDocument = graphql(`
  mutation DiscoverFields {
    discoverFields {
      instance {
        id
        name
      }
      total
      added
      changed
      missing
    }
  }
`);

export const mappingProgressDocument = graphql(`
  subscription MappingProgress {
    fieldMappingProgress {
      state
      done
      total
      issuesPerSecond
      mapping {
        id
        name
        label
        state
        error
        fillDone
        fillTotal
      }
    }
  }
`);
