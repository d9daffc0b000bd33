import { expect, test } from "vitest";
import { tellDifference } from "./savedMapping";
import { valueText } from "./values";

test.each<[string, Json, string]>([
  ["nothing", null, ""],
  ["a number", 3.5, "3.5"],
  ["a yes", true, "Yes"],
  ["an option", { id: "1", value: "High" }, "High"],
  ["a cascading option", { value: "EMEA", child: { value: "Nordics" } }, "EMEA / Nordics"],
  ["people", [{ displayName: "Ada" }, { displayName: "Lin" }], "Ada, Lin"],
  ["text over several lines", "one\n  two", "one two"],
  [
    "a document",
    {
      type: "doc",
      content: [
        {
          type: "paragraph",
          content: [
            { type: "mention", attrs: { id: "1", text: "@Ada" } },
            { type: "text", text: "says no" },
          ],
        },
      ],
    },
    "@Ada says no",
  ],
  ["something of a plugin", { ongoing: 4 }, '{"ongoing":4}'],
])("%s is told as a person would", (_what, value, text) => {
  expect(valueText(value)).toBe(text);
});

test("a difference tells only the parts that differ", () => {
  const saved = {
    name: "team",
    label: "Team",
    type: "TEXT",
    retired: false,
    aliases: [],
    sources: [{ instance: "north", fieldId: "customfield_1" }],
  };
  expect(tellDifference(saved, { ...saved, type: "TEXT_LIST", retired: true })).toEqual([
    { part: "Type", backup: "Text", now: "List of texts" },
    { part: "State", backup: "In use", now: "Retired" },
  ]);
  expect(tellDifference(null, saved)).toContainEqual({
    part: "Sources",
    backup: "",
    now: "north: customfield_1",
  });
});
