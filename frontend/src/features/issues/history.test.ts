import { expect, test } from "vitest";
import { groupChanges } from "./history";

const ada = { id: "u1", displayName: "Ada" };

test("what one person changed at one time is one entry", () => {
  const base = { from: null, fromText: null, to: null, toText: "x", author: ada };
  const entries = groupChanges([
    { ...base, at: "2026-11-24T10:00:00Z", field: "status" },
    { ...base, at: "2026-11-24T10:00:00Z", field: "assignee" },
    { ...base, at: "2026-11-24T10:00:00Z", field: "rank", author: null },
    { ...base, at: "2026-11-24T11:00:00Z", field: "status" },
  ]);
  expect(entries.map((entry) => [entry.author, entry.changes.length])).toEqual([
    ["Ada", 2],
    ["Unknown", 1],
    ["Ada", 1],
  ]);
});

test("an empty text is no value", () => {
  const [entry] = groupChanges([
    {
      at: "",
      field: "Rank",
      from: "",
      fromText: "",
      to: null,
      toText: "Ranked higher",
      author: ada,
    },
  ]);
  expect(entry?.changes).toEqual([{ field: "Rank", from: null, to: "Ranked higher" }]);
});

test("the text of a value stands for its id where there is one", () => {
  const [entry] = groupChanges([
    {
      at: "",
      field: "sprint",
      from: "7",
      fromText: "Sprint 7",
      to: "8",
      toText: null,
      author: ada,
    },
  ]);
  expect(entry?.changes).toEqual([{ field: "sprint", from: "Sprint 7", to: "8" }]);
});
