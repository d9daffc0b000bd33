import type { StatusCategory } from "@/ui/StatusMark";

export type CategoryCounts = Record<StatusCategory, number>;

function isCategory(value: Json | undefined, counts: CategoryCounts): value is StatusCategory {
  return typeof value === "string" && Object.hasOwn(counts, value);
}

const noCounts: CategoryCounts = { TODO: 0, IN_PROGRESS: 0, DONE: 0, UNKNOWN: 0 };

/** Turns groups of [instance, category] into a row of counts for each named instance. */
export function countByInstance(
  names: readonly string[],
  groups: readonly { keys: readonly Json[]; count: number }[],
) {
  const all = { ...noCounts };
  const byName = new Map(names.map((name) => [name, { ...noCounts }]));
  for (const { keys, count } of groups) {
    const [name, category] = keys;
    if (!isCategory(category, all)) continue;
    all[category] += count;
    const counts = typeof name === "string" ? byName.get(name) : undefined;
    if (counts) counts[category] += count;
  }
  const instances = [...byName].map(([name, counts]) => ({
    name,
    counts,
    total: Object.values(counts).reduce((sum, count) => sum + count, 0),
  }));
  return { all, instances };
}
