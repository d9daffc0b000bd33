import { useMemo } from "react";
import { graphql, type ResultOf } from "@/graphql/graphql";
import { useLiveQuery } from "@/live/useLiveQuery";
import { valueText } from "@/features/fields/values";
import { formatDate, formatExact, formatNumber } from "@/ui/format";

const mappedFieldsDocument = graphql(`
  query MappedFields {
    fieldMappings {
      id
      name
      label
      type
      state
    }
  }
`);

export type MappedField = ResultOf<typeof mappedFieldsDocument>["fieldMappings"][number];

/** The common fields on offer, in order of their labels; undefined until they are known. */
export function useMappedFields(): readonly MappedField[] | undefined {
  const { data, error } = useLiveQuery(mappedFieldsDocument, {});
  return useMemo(() => {
    // Without them the list is still of use.
    if (!data) return error ? [] : undefined;
    return data.fieldMappings
      .filter(({ state }) => state !== "RETIRED")
      .sort((a, b) => a.label.localeCompare(b.label));
  }, [data, error]);
}

/** The id of a mapped field's column, and how an order by it stands in the address. */
export type MappedColumn = `field.${string}`;

export function mappedColumn(name: string): MappedColumn {
  return `field.${name}`;
}

/** The name of the mapped field of a column; nothing for columns of every issue. */
export function mappedName(column: string): string | undefined {
  return /^field\.([a-z][a-z0-9_]{0,62})$/.exec(column)?.[1];
}

export function isSortable({ type }: Pick<MappedField, "type">): boolean {
  return type !== "JSON" && type !== "TEXT_LIST" && type !== "NUMBER_LIST";
}

/** A value of a mapped field as a person reads it. */
export function mappedText(type: MappedField["type"], value: Json): string {
  if (value === null) return "";
  if (type === "NUMBER" && typeof value === "number" && Number.isSafeInteger(value)) {
    return formatNumber(value);
  }
  if (type === "DATE" && typeof value === "string") return formatDate(value);
  if (type === "TIME" && typeof value === "string") return formatExact(value);
  return valueText(value);
}

export const anyValue = "(any)";
export const noValue = "(none)";

/** `name:value`, `name:(any)` or `name:(none)`, as it stands in the address. */
export function parseMappedFilter(text: string): { name: string; value: string } | undefined {
  const [, name, value] = /^([a-z][a-z0-9_]{0,62}):(.+)$/s.exec(text) ?? [];
  return name !== undefined && value !== undefined ? { name, value } : undefined;
}
