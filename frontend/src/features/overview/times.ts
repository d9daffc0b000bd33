const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
export const weekCount = 12;

export interface OverviewTimes {
  /** Where the strip of runs begins: 23 full hours before the one we are in. */
  stripFrom: number;
  /** Where its second and third part begin; only the third still changes. */
  middleFrom: string;
  newestFrom: string;
  weeksFrom: string;
  busyFrom: string;
  /** The first day of each week shown, YYYY-MM-DD, oldest first. */
  weeks: string[];
}

export function localDate(date: Date): string {
  const month = String(date.getMonth() + 1).padStart(2, "0");
  const day = String(date.getDate()).padStart(2, "0");
  return `${date.getFullYear()}-${month}-${day}`;
}

/** `hour` is the beginning of the present hour: the same answer, and cache key, all through it. */
export function overviewTimes(hour: number): OverviewTimes {
  const stripFrom = hour - 23 * hourMs;
  const today = new Date(hour);
  const sinceMonday = (today.getDay() + 6) % 7;
  const monday = (weeksAgo: number) =>
    new Date(today.getFullYear(), today.getMonth(), today.getDate() - sinceMonday - 7 * weeksAgo);
  return {
    stripFrom,
    middleFrom: new Date(stripFrom + 8 * hourMs).toISOString(),
    newestFrom: new Date(stripFrom + 16 * hourMs).toISOString(),
    weeksFrom: monday(weekCount - 1).toISOString(),
    busyFrom: new Date(hour - 7 * dayMs).toISOString(),
    weeks: Array.from({ length: weekCount }, (_, index) =>
      localDate(monday(weekCount - 1 - index)),
    ),
  };
}
