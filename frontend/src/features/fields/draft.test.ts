import { describe, expect, test } from "vitest";
import { mergeDrafts } from "./conflict";
import {
  changedParts,
  emptyDraft,
  nameProblem,
  proposeName,
  withMoved,
  withSource,
  type Draft,
} from "./draft";
import { field, mapping } from "./testData";

const points: Draft = {
  name: "story_points",
  label: "Story Points",
  type: "NUMBER",
  sources: [
    { instance: "cloud", fieldId: "customfield_1" },
    { instance: "datacenter", fieldId: "customfield_2" },
  ],
};

describe("a draft", () => {
  test("takes name, label and type from its first source", () => {
    expect(withSource(emptyDraft, field({ name: "Größe (t)", type: "number" }))).toEqual({
      name: "gro_e_t",
      label: "Größe (t)",
      type: "NUMBER",
      sources: [{ instance: "cloud", fieldId: "customfield_1" }],
    });
  });

  test("keeps what it says already, and no source twice", () => {
    const more = withSource(points, field({ fieldId: "customfield_9", name: "Size" }));
    expect(more).toMatchObject({ name: "story_points", type: "NUMBER" });
    expect(more.sources).toHaveLength(3);
    expect(withSource(points, field({ fieldId: "customfield_1" }))).toBe(points);
  });

  test("changes the preference of its sources, within their number", () => {
    expect(withMoved(points, 1, -1).sources[0]?.instance).toBe("datacenter");
    expect(withMoved(points, 1, 1)).toEqual(points);
    expect(withMoved(points, 0, -1)).toEqual(points);
    expect(changedParts(points, withMoved(points, 0, 1))).toEqual(["sources"]);
  });
});

describe("a name", () => {
  test.each([
    ["Story Points", "story_points"],
    ["  Crème brûlée! ", "creme_brulee"],
    ["3rd party", "field_3rd_party"],
    ["数", "field"],
  ])("for %s is proposed as %s", (label, name) => {
    expect(proposeName(label)).toBe(name);
  });

  const known = [
    mapping({ name: "team", aliases: ["squad"] }),
    mapping({ id: "m2", name: "region", state: "RETIRED" }),
  ];

  test.each([
    ["", "needs a name"],
    ["Team", "small letter"],
    ["1st", "small letter"],
    ["story points", "space"],
    ["story-points", "-"],
    ["größe", "ö"],
    ["a".repeat(64), "63"],
    ["team", "Another mapping"],
    ["squad", "former name of team"],
    ["region", "retired"],
  ])("%j is refused: %s", (name, reason) => {
    expect(nameProblem(name, known)).toContain(reason);
  });

  test("may be kept by the mapping that has it", () => {
    expect(nameProblem("team", known, "m1")).toBeNull();
    expect(nameProblem("sprint_2", known)).toBeNull();
  });
});

describe("two changes of one mapping", () => {
  const renamed = { ...points, label: "Effort" };

  test("are joined where they touch different parts", () => {
    const retyped: Draft = { ...points, type: "TEXT" };
    expect(mergeDrafts(points, renamed, retyped)).toEqual({ ...renamed, type: "TEXT" });
  });

  test("are joined where both did the same", () => {
    expect(mergeDrafts(points, renamed, { ...renamed, type: "TEXT" })).toEqual({
      ...renamed,
      type: "TEXT",
    });
  });

  test("collide in the same part", () => {
    expect(mergeDrafts(points, renamed, { ...points, label: "Size" })).toBeNull();
  });
});
