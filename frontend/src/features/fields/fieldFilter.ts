import type { FieldRow, MappingRow } from "./fieldsDocument";
import type { FieldsSearch } from "./fieldsSearch";
import { jiraType } from "./fieldTypes";
import type { SourceRef } from "./draft";

function key({ instance, fieldId }: SourceRef): string {
  return `${instance}\n${fieldId}`;
}

export function refOf(field: FieldRow): SourceRef {
  return { instance: field.instance.name, fieldId: field.fieldId };
}

/** Which mapping reads a field; the first of several. Retired ones read nothing. */
export type MappedBy = (ref: SourceRef) => MappingRow | undefined;

export function mappedBy(mappings: readonly MappingRow[]): MappedBy {
  const readers = new Map<string, MappingRow>();
  for (const mapping of mappings) {
    if (mapping.state === "RETIRED") continue;
    for (const { instance, fieldId } of mapping.sources) {
      const ref = key({ instance: instance.name, fieldId });
      if (!readers.has(ref)) readers.set(ref, mapping);
    }
  }
  return (ref) => readers.get(key(ref));
}

/** Whether Jira renamed or retyped it, or it came back, after it had been found. */
export function hasChanged({ changedAt, discoveredAt }: FieldRow): boolean {
  return Date.parse(changedAt) > Date.parse(discoveredAt);
}

function isOfKind(field: FieldRow, kind: FieldsSearch["kind"], mapped: MappedBy): boolean {
  switch (kind) {
    case undefined:
      return true;
    case "mapped":
      return mapped(refOf(field)) !== undefined;
    case "unmapped":
      return mapped(refOf(field)) === undefined;
    case "changed":
      return hasChanged(field);
    case "missing":
      return field.missingSince !== null;
  }
}

/** The fields that the address asks for, in the order they are in. */
export function filterFields(
  fields: readonly FieldRow[],
  search: FieldsSearch,
  mapped: MappedBy,
): FieldRow[] {
  const words = (search.q ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  return fields.filter((field) => {
    if (search.system !== "show" && !field.custom) return false;
    if (search.instance !== undefined && field.instance.name !== search.instance) return false;
    if (search.type !== undefined && jiraType(field) !== search.type) return false;
    if (!isOfKind(field, search.kind, mapped)) return false;
    const text = `${field.name} ${field.fieldId}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** Jira's types among the fields, most frequent first. */
export function typesAmong(fields: readonly FieldRow[]): string[] {
  const counts = new Map<string, number>();
  for (const field of fields) {
    const type = jiraType(field);
    counts.set(type, (counts.get(type) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0])).map(([type]) => type);
}

export function hasFieldFilters({ q, instance, type, kind }: FieldsSearch): boolean {
  return q !== undefined || instance !== undefined || type !== undefined || kind !== undefined;
}
