import { graphql, type ResultOf } from "@/graphql/graphql";

export const backupPageFragment = graphql(`
  fragment BackupPage on FieldMappingBackupConnection @_unmask {
    totalCount
    pageInfo {
      hasNextPage
      endCursor
    }
    nodes {
      id
      createdAt
      createdBy
      note
      automatic
    }
  }
`);

export type BackupRow = ResultOf<typeof backupPageFragment>["nodes"][number];

export const backupsDocument = graphql(
  `
    query Backups {
      fieldMappingBackups(first: 50) {
        ...BackupPage
      }
    }
  `,
  [backupPageFragment],
);

export const olderBackupsDocument = graphql(
  `
    query OlderBackups($after: String!) {
      fieldMappingBackups(first: 50, after: $after) {
        ...BackupPage
      }
    }
  `,
  [backupPageFragment],
);

export const backupDiffDocument = graphql(`
  query BackupDiff($id: ID!) {
    node(id: $id) {
      __typename
      ... on FieldMappingBackup {
        id
        differences {
          name
          kind
          backup
          now
        }
      }
    }
  }
`);

export type Difference = Extract<
  NonNullable<ResultOf<typeof backupDiffDocument>["node"]>,
  { __typename: "FieldMappingBackup" }
>["differences"][number];

export const backUpDocument = graphql(`
  mutation BackUpFieldMappings($note: String) {
    backupFieldMappings(note: $note) {
      id
    }
  }
`);

export const restoreDocument = graphql(`
  mutation RestoreFieldMappings($backupId: ID!, $names: [String!]) {
    restoreFieldMappings(backupId: $backupId, names: $names) {
      id
      name
      state
    }
  }
`);
