import type { KeyingConfig } from "@urql/exchange-graphcache";

const embedded = () => null;

/** Types without an id of their own live inside the object that shows them. */
export const cacheKeys: KeyingConfig = {
  ChangeEdge: embedded,
  Change: embedded,
  ChangelogConnection: embedded,
  Comment: embedded,
  CommentConnection: embedded,
  CommentEdge: embedded,
  IssueConnection: embedded,
  IssueEdge: embedded,
  IssueGroup: embedded,
  IssueLink: embedded,
  IssueStats: embedded,
  IssueType: embedded,
  PageInfo: embedded,
  Priority: embedded,
  ProjectConnection: embedded,
  ProjectEdge: embedded,
  RateLimit: embedded,
  Status: embedded,
  SyncConfig: embedded,
  SyncErrorConnection: embedded,
  SyncErrorEdge: embedded,
  SyncMetric: embedded,
  SyncProgress: embedded,
  SyncProjectRun: embedded,
  SyncRunConnection: embedded,
  SyncRunEdge: embedded,
  SyncStatus: embedded,
  Worklog: embedded,
  WorklogConnection: embedded,
  WorklogEdge: embedded,
};
