import { expect, test } from "vitest";
import { minutesAgo } from "@/test/data";
import { filterFields, mappedBy, typesAmong } from "./fieldFilter";
import { field, mapping } from "./testData";

const dc = { id: "i2", name: "datacenter" };
const fields = [
  field(),
  field({ fieldId: "customfield_2", name: "Team", type: "option", instance: dc }),
  field({ fieldId: "customfield_3", name: "Sprint", type: "array", items: "json" }),
  field({ fieldId: "customfield_4", name: "Old", missingSince: minutesAgo(5) }),
  field({ fieldId: "customfield_5", name: "Renamed", changedAt: minutesAgo(5) }),
  field({ fieldId: "summary", name: "Summary", custom: false, type: "string" }),
];
const mapped = mappedBy([mapping()]);
const names = (search: Parameters<typeof filterFields>[1]) =>
  filterFields(fields, search, mapped).map(({ name }) => name);

test.each([
  [{}, ["Story Points", "Team", "Sprint", "Old", "Renamed"]],
  [{ system: "show" as const }, fields.map(({ name }) => name)],
  [{ q: "points story" }, ["Story Points"]],
  [{ q: "FIELD_2" }, ["Team"]],
  [{ instance: "datacenter" }, ["Team"]],
  [{ type: "array of json" }, ["Sprint"]],
  [{ kind: "mapped" as const }, ["Story Points"]],
  [{ kind: "unmapped" as const, instance: "datacenter" }, ["Team"]],
  [{ kind: "missing" as const }, ["Old"]],
  [{ kind: "changed" as const }, ["Renamed"]],
])("%j lists %j", (search, listed) => {
  expect(names(search)).toEqual(listed);
});

test("a retired mapping maps nothing", () => {
  const none = mappedBy([mapping({ state: "RETIRED" })]);
  expect(none({ instance: "cloud", fieldId: "customfield_1" })).toBeUndefined();
});

test("types are offered most frequent first", () => {
  expect(typesAmong(fields)).toEqual(["number", "array of json", "option", "string"]);
});
