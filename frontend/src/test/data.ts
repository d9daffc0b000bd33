// Objects in the server's shape, with every field that some document selects.

const minuteMs = 60_000;

export function minutesAgo(minutes: number): string {
  return new Date(Date.now() - minutes * minuteMs).toISOString();
}

export function instance(over: object = {}) {
  return {
    id: "i1",
    name: "cloud",
    url: "https://cloud.example.net",
    kind: "CLOUD",
    completeAsOf: minutesAgo(1),
    reachable: true,
    lastError: null,
    issueCount: 12,
    projectCount: 2,
    rateLimit: null,
    ...over,
  };
}

export const cloud = instance();
export const datacenter = instance({ id: "i2", name: "datacenter", kind: "DATA_CENTER" });

export function connection(nodes: readonly object[], over: object = {}) {
  return {
    totalCount: nodes.length,
    nodes,
    pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null },
    ...over,
  };
}

export function run(over: object = {}) {
  return {
    id: "r1",
    mode: "INCREMENTAL",
    state: "SUCCEEDED",
    triggeredBy: "schedule",
    startedAt: minutesAgo(2),
    finishedAt: minutesAgo(1),
    durationMs: 4200,
    issuesFetched: 30,
    issuesCreated: 3,
    issuesUpdated: 9,
    issuesUnchanged: 18,
    issuesDeleted: 0,
    issuesFailed: 0,
    issuesPerSecond: 410.5,
    requests: 4,
    retries: 0,
    throttledMs: 0,
    error: null,
    instance: cloud,
    projects: [],
    errors: connection([]),
    metrics: [],
    ...over,
  };
}

export function status(over: object = {}) {
  return {
    nextRunAt: minutesAgo(-1),
    intervalSeconds: 120,
    paused: false,
    running: [],
    last: [run()],
    ...over,
  };
}

export function config(over: object = {}) {
  return {
    intervalSeconds: 120,
    paused: false,
    reconcileIntervalSeconds: 3600,
    rereadIntervalSeconds: 604_800,
    keepRunsDays: 90,
    keepAuditDays: 365,
    projects: [],
    updatedAt: minutesAgo(60),
    updatedBy: null,
    ...over,
  };
}

export function issue(number: number, over: object = {}) {
  return {
    id: `issue-${number}`,
    key: `OPS-${number}`,
    url: `https://cloud.example.net/browse/OPS-${number}`,
    summary: `Summary of ${number}`,
    description: `Description of ${number}`,
    resolution: null,
    labels: [],
    components: [],
    fixVersions: [],
    affectsVersions: [],
    previousKeys: [],
    fields: [],
    createdAt: minutesAgo(500),
    updatedAt: minutesAgo(5),
    resolvedAt: null,
    dueDate: null,
    syncedAt: minutesAgo(1),
    timeSpentSeconds: null,
    deletedAt: null,
    deletedReason: null,
    instance: cloud,
    project: { id: "p1", key: "OPS", name: "Operations" },
    type: { name: "Bug" },
    status: { name: "To Do", category: "TODO" },
    priority: { name: "High", rank: 2 },
    assignee: null,
    reporter: null,
    creator: null,
    parent: null,
    subtasks: [],
    links: [],
    comments: connection([
      {
        jiraId: "1",
        body: "Seen on staging too.",
        createdAt: minutesAgo(9),
        updatedAt: minutesAgo(9),
        author: { id: "u1", displayName: "Ada" },
      },
    ]),
    changelog: connection([
      {
        at: minutesAgo(7),
        field: "status",
        from: "1",
        fromText: "Backlog",
        to: "2",
        toText: "To Do",
        author: { id: "u1", displayName: "Ada" },
      },
    ]),
    ...over,
  };
}

export function issueNumbers(from: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => from + index);
}

/** A page of a list of `total` issues, from the one after `after`. */
export function issuesOf(total: number) {
  return ({ after, first }: Record<string, unknown>) => {
    const from = typeof after === "string" ? Number(after) + 1 : 1;
    const count = Math.min(Number(first), total - from + 1);
    const nodes = issueNumbers(from, count).map((number) => issue(number));
    const pageInfo = { hasNextPage: from + count <= total, endCursor: String(from + count - 1) };
    return connection(nodes, { totalCount: total, pageInfo });
  };
}

export function stats(groups: readonly { keys: unknown[]; count: number }[] = []) {
  const total = groups.reduce((sum, { count }) => sum + count, 0);
  return { total, groups, truncated: false };
}

/** A mirror of two instances in good order. */
export const healthy = {
  instances: () => [cloud, datacenter],
  syncStatus: () => status(),
  syncConfig: () => config(),
  syncRuns: () => connection([run()]),
  fieldMappings: () => [],
  issueStats: () => stats(),
  issues: issuesOf(3),
  issue: ({ key }: Record<string, unknown>) => issue(Number(String(key).split("-")[1])),
};
