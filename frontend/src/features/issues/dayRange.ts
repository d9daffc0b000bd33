/** Two days, both included, by the reader's own calendar. */
export type DayRange = `${string}..${string}`;

const pattern = /^(\d{4})-(\d{2})-(\d{2})\.\.(\d{4})-(\d{2})-(\d{2})$/;

export function parseDayRange(text: string | undefined): DayRange | undefined {
  return text !== undefined && pattern.test(text) ? (text as DayRange) : undefined;
}

/** The instants between which the days lie: from the first midnight to the one after the last. */
export function rangeInstants(range: DayRange): { gte: string; lt: string } {
  const [, ...parts] = pattern.exec(range) ?? [];
  const [y1 = 0, m1 = 1, d1 = 1, y2 = 0, m2 = 1, d2 = 1] = parts.map(Number);
  return {
    gte: new Date(y1, m1 - 1, d1).toISOString(),
    lt: new Date(y2, m2 - 1, d2 + 1).toISOString(),
  };
}

export function rangeDays(range: DayRange): [string, string] {
  const [first = "", last = ""] = range.split("..");
  return [first, last];
}
