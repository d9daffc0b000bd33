import type { FieldRow, MappingRow } from "./fieldsDocument";

export type FieldType = MappingRow["type"];

export const fieldTypes = [
  "TEXT",
  "NUMBER",
  "BOOLEAN",
  "DATE",
  "TIME",
  "TEXT_LIST",
  "NUMBER_LIST",
  "JSON",
] as const satisfies readonly FieldType[];

export const typeLabels: Record<FieldType, string> = {
  TEXT: "Text",
  NUMBER: "Number",
  BOOLEAN: "Yes or no",
  DATE: "Date",
  TIME: "Date and time",
  TEXT_LIST: "List of texts",
  NUMBER_LIST: "List of numbers",
  JSON: "JSON",
};

export const typeHints: Record<FieldType, string> = {
  TEXT: "An option's value, a person's name, a document's text; several are joined with commas.",
  NUMBER: "Kept exact; can be summed, averaged and compared.",
  BOOLEAN: "Yes and no, true and false, on and off, 1 and 0.",
  DATE: "The day, in UTC.",
  TIME: "An instant.",
  TEXT_LIST: "Each value by itself: filters match any of them.",
  NUMBER_LIST: "Each number by itself: filters match any of them.",
  JSON: "The value as Jira sent it.",
};

/** Jira's name of a type, with that of its members. */
export function jiraType({ type, items }: Pick<FieldRow, "type" | "items">): string {
  return type === "array" && items !== null ? `array of ${items}` : type;
}

/** The type that holds a field's values best. */
export function bestType({ type, items }: Pick<FieldRow, "type" | "items">): FieldType {
  switch (type) {
    case "number":
      return "NUMBER";
    case "date":
      return "DATE";
    case "datetime":
      return "TIME";
    case "array":
      return items === "number" ? "NUMBER_LIST" : "TEXT_LIST";
    case "sd-servicelevelagreement":
      return "JSON";
    default:
      return "TEXT";
  }
}
