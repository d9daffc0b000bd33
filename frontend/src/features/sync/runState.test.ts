import { expect, test } from "vitest";
import { isOver, stateOutlook, stateTone, syncStates, worstState } from "./runState";

test.each([
  ["PARTIAL", /^Recovers by itself/],
  ["INTERRUPTED", /^Recovers by itself/],
  ["FAILED", /^Needs you/],
] as const)("%s says what becomes of it", (state, outlook) => {
  expect(stateOutlook(state)).toMatch(outlook);
});

test("only what needs a person is red", () => {
  expect(syncStates.filter((state) => stateTone(state) === "bad")).toEqual(["FAILED"]);
});

test("a run is over unless it waits or runs", () => {
  expect(syncStates.filter((state) => !isOver(state))).toEqual(["QUEUED", "RUNNING"]);
});

test("the worst state is the one to hear of first", () => {
  expect(worstState([])).toBe("SUCCEEDED");
  expect(worstState(["SUCCEEDED", "INTERRUPTED", "PARTIAL"])).toBe("PARTIAL");
  expect(worstState(["PARTIAL", "FAILED", "SUCCEEDED"])).toBe("FAILED");
});
