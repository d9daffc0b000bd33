import type { DayRange } from "@/features/issues/dayRange";
import { localDate } from "./times";

/** Monday to Sunday. */
export function weekRange(monday: string): DayRange {
  const [year = 0, month = 1, day = 1] = monday.split("-").map(Number);
  return `${monday}..${localDate(new Date(year, month - 1, day + 6))}`;
}
