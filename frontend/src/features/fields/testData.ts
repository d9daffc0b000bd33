import { cloud, minutesAgo } from "@/test/data";
import type { FieldRow, MappingRow, Preview } from "./fieldsDocument";

export function field(over: Partial<FieldRow> = {}): FieldRow {
  return {
    fieldId: "customfield_1",
    name: "Story Points",
    custom: true,
    type: "number",
    items: null,
    schemaCustom: null,
    usage: 0.5,
    sample: 3,
    namesakes: 0,
    changedAt: minutesAgo(100),
    discoveredAt: minutesAgo(100),
    missingSince: null,
    instance: { id: cloud.id, name: cloud.name },
    ...over,
  };
}

export function mapping(over: Partial<MappingRow> = {}): MappingRow {
  return {
    id: "m1",
    name: "story_points",
    label: "Story Points",
    type: "NUMBER",
    state: "READY",
    error: null,
    filled: 100,
    conversionErrors: 0,
    completeness: 1,
    fillDone: null,
    fillTotal: null,
    indexed: false,
    aliases: [],
    version: 3,
    updatedAt: minutesAgo(10),
    updatedBy: null,
    sources: [
      {
        fieldId: "customfield_1",
        instance: { id: cloud.id, name: cloud.name },
        field: { name: "Story Points", missingSince: null },
      },
    ],
    ...over,
  };
}

export function preview(over: Partial<Preview> = {}): Preview {
  return {
    column: "story_points",
    type: "NUMBER",
    filled: 100,
    empty: 20,
    failed: 0,
    examined: 120,
    total: 120,
    estimatedSeconds: 1.5,
    samples: [{ issueKey: "OPS-1", raw: 3, value: 3, problem: null }],
    failures: [],
    ...over,
  };
}
