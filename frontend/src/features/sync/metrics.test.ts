import { expect, test } from "vitest";
import { splitMetrics } from "./metrics";

test("phases follow each other in the order in which a run goes through them", () => {
  const { phases, totalMs } = splitMetrics([
    { name: "fetching", value: 2.5, unit: "s" },
    { name: "discovering", value: 0.5, unit: "s" },
    { name: "write", value: 9, unit: "s" },
  ]);
  expect(phases).toEqual([
    { label: "Discovering", startMs: 0, ms: 500 },
    { label: "Fetching", startMs: 500, ms: 2500 },
  ]);
  expect(totalMs).toBe(3000);
});

test("whatever else was measured is told in its unit", () => {
  const { others } = splitMetrics([
    { name: "write", value: 0.957, unit: "s" },
    { name: "downloaded", value: 3_488_822, unit: "bytes" },
    { name: "pages_read", value: 4, unit: "pages" },
  ]);
  expect(others).toEqual([
    { label: "Write", text: "957 ms" },
    { label: "Downloaded", text: "3.3 MB" },
    { label: "Pages read", text: "4 pages" },
  ]);
});
