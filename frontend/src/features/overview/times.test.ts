import { expect, test } from "vitest";
import { overviewTimes } from "./times";
import { weekRange } from "./weeks";

const tuesday = Date.UTC(2026, 10, 24, 14);

test("the strip holds 23 full hours and the present one, in three parts", () => {
  const times = overviewTimes(tuesday);
  expect(new Date(times.stripFrom).toISOString()).toBe("2026-11-23T15:00:00.000Z");
  expect(times.middleFrom).toBe("2026-11-23T23:00:00.000Z");
  expect(times.newestFrom).toBe("2026-11-24T07:00:00.000Z");
});

test("the weeks begin on Mondays and end with this one", () => {
  const { weeks } = overviewTimes(tuesday);
  expect(weeks).toHaveLength(12);
  expect(weeks.at(-1)).toBe("2026-11-23");
  expect(weeks[0]).toBe("2026-09-07");
});

test("a week ends on its Sunday, across months too", () => {
  expect(weekRange("2026-11-30")).toBe("2026-11-30..2026-12-06");
});
