import { expect, test } from "vitest";
import { splitMetrics } from "./metrics";

test("durations become phases, whatever their unit; the rest is listed", () => {
  const { phases, others } = splitMetrics([
    { name: "fetch_seconds", value: 2.5, unit: "s" },
    { name: "store_ms", value: 90, unit: "ms" },
    { name: "pages", value: 4, unit: "pages" },
  ]);
  expect(phases).toEqual([
    { label: "Fetch", ms: 2500 },
    { label: "Store", ms: 90 },
  ]);
  expect(others).toEqual([{ label: "Pages", value: 4, unit: "pages" }]);
});
