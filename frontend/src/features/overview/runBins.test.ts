import { describe, expect, test } from "vitest";
import { binRuns, type StripRun } from "./runBins";

const from = Date.parse("2026-11-24T00:00:00Z");

function run(id: string, minute: number, changed: number, over: Partial<StripRun> = {}): StripRun {
  return {
    id,
    state: "SUCCEEDED",
    startedAt: new Date(from + minute * 60_000).toISOString(),
    issuesCreated: 0,
    issuesUpdated: changed,
    issuesDeleted: 0,
    ...over,
  };
}

describe("the strip of a day", () => {
  test("adds up the changes of the runs in one part of it", () => {
    const [first, second] = binRuns([run("a", 1, 3), run("b", 14, 4), run("c", 15, 5)], from, 96);
    expect(first).toMatchObject({ runCount: 2, changed: 7, runId: "b" });
    expect(second).toMatchObject({ runCount: 1, changed: 5, runId: "c" });
  });

  test("shows the worst run of a part, however little it changed", () => {
    const [bin] = binRuns([run("a", 1, 90), run("b", 2, 0, { state: "FAILED" })], from, 96);
    expect(bin).toMatchObject({ state: "FAILED", runId: "b", changed: 90 });
  });

  test("leaves out what began on another day", () => {
    const bins = binRuns([run("a", -1, 3), run("b", 24 * 60, 3)], from, 96);
    expect(bins.every((bin) => bin.runId === null)).toBe(true);
  });
});
