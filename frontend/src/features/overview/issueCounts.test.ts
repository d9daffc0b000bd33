import { expect, test } from "vitest";
import { countByInstance } from "./issueCounts";

test("groups become a row for each instance, those without issues too", () => {
  const { all, instances } = countByInstance(
    ["cloud", "datacenter"],
    [
      { keys: ["cloud", "TODO"], count: 5 },
      { keys: ["cloud", "DONE"], count: 7 },
      { keys: ["gone", "DONE"], count: 2 },
    ],
  );
  expect(all).toMatchObject({ TODO: 5, IN_PROGRESS: 0, DONE: 9 });
  expect(instances).toEqual([
    { name: "cloud", counts: { TODO: 5, IN_PROGRESS: 0, DONE: 7, UNKNOWN: 0 }, total: 12 },
    { name: "datacenter", counts: { TODO: 0, IN_PROGRESS: 0, DONE: 0, UNKNOWN: 0 }, total: 0 },
  ]);
});
