import type { VariablesOf } from "@/graphql/graphql";
import type { FieldRow, MappingRow, previewDocument, SuggestionRow } from "./fieldsDocument";
import { bestType, type FieldType } from "./fieldTypes";

export interface SourceRef {
  instance: string;
  fieldId: string;
}

/** What an admin says of a mapping, before and while it is saved. */
export interface Draft {
  name: string;
  label: string;
  type: FieldType;
  /** In order of preference. */
  sources: readonly SourceRef[];
}

export type MappingInput = VariablesOf<typeof previewDocument>["input"];

export const emptyDraft: Draft = { name: "", label: "", type: "TEXT", sources: [] };

function refs(sources: MappingRow["sources"] | SuggestionRow["sources"]): SourceRef[] {
  return sources.map(({ instance, fieldId }) => ({ instance: instance.name, fieldId }));
}

export function draftOf({
  name,
  label,
  type,
  sources,
}: Pick<MappingRow, "name" | "label" | "type"> & {
  sources: MappingRow["sources"] | SuggestionRow["sources"];
}): Draft {
  return { name, label, type, sources: refs(sources) };
}

export function inputOf(draft: Draft, base?: Pick<MappingRow, "id" | "version">): MappingInput {
  return {
    ...(base ? { id: base.id, version: base.version } : {}),
    name: draft.name,
    label: draft.label.trim() === "" ? null : draft.label.trim(),
    type: draft.type,
    sources: draft.sources.map(({ instance, fieldId }) => ({ instance, fieldId })),
  };
}

export function sameRef(a: SourceRef, b: SourceRef): boolean {
  return a.instance === b.instance && a.fieldId === b.fieldId;
}

export function sameDraft(a: Draft, b: Draft): boolean {
  return changedParts(a, b).length === 0;
}

export const draftParts = ["name", "label", "type", "sources"] as const;
export type DraftPart = (typeof draftParts)[number];

function samePart(part: DraftPart, a: Draft, b: Draft): boolean {
  if (part !== "sources") return a[part].trim() === b[part].trim();
  return (
    a.sources.length === b.sources.length &&
    a.sources.every((source, index) => {
      const other = b.sources[index];
      return other !== undefined && sameRef(source, other);
    })
  );
}

/** The parts in which two drafts differ. */
export function changedParts(a: Draft, b: Draft): DraftPart[] {
  return draftParts.filter((part) => !samePart(part, a, b));
}

/**
 * The draft with another source. The first one gives a draft that says nothing yet its name,
 * label and type.
 */
export function withSource(draft: Draft, field: FieldRow): Draft {
  const ref = { instance: field.instance.name, fieldId: field.fieldId };
  if (draft.sources.some((source) => sameRef(source, ref))) return draft;
  const sources = [...draft.sources, ref];
  if (draft.sources.length > 0) return { ...draft, sources };
  return {
    name: draft.name === "" ? proposeName(field.name) : draft.name,
    label: draft.label === "" ? field.name.slice(0, 200) : draft.label,
    type: draft.type === emptyDraft.type ? bestType(field) : draft.type,
    sources,
  };
}

export function withoutSource(draft: Draft, index: number): Draft {
  return { ...draft, sources: draft.sources.filter((_, at) => at !== index) };
}

/** The draft with a source one place further up (-1) or down (+1). */
export function withMoved(draft: Draft, index: number, step: -1 | 1): Draft {
  const sources = [...draft.sources];
  const [source] = sources.splice(index, 1);
  if (source === undefined || index + step < 0 || index + step > sources.length) return draft;
  sources.splice(index + step, 0, source);
  return { ...draft, sources };
}

/** A name in the form that is allowed, from what people call the field. */
export function proposeName(label: string): string {
  const name = label
    .normalize("NFKD")
    .toLowerCase()
    .replace(/\p{M}/gu, "")
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^_+|_+$/g, "");
  const led = /^\d/.test(name) || name === "" ? `field_${name}`.replace(/_$/, "") : name;
  return led.slice(0, 50).replace(/_+$/, "");
}

export const nameRule =
  "A small letter first, then small letters, digits and underscores; at most 63 characters.";

/**
 * What is wrong with a name, as far as it can be told here: words that SQL reserves and columns
 * that every issue has are told by the server with the preview.
 */
export function nameProblem(
  name: string,
  mappings: readonly Pick<MappingRow, "id" | "name" | "state" | "aliases">[],
  own?: string,
): string | null {
  if (name === "") return "A mapping needs a name.";
  if (name.length > 63) return "It is longer than 63 characters.";
  if (!/^[a-z]/.test(name)) return "It must begin with a small letter.";
  const odd = /[^a-z0-9_]/u.exec(name)?.[0];
  if (odd !== undefined) {
    return `“${odd === " " ? "space" : odd}” is not allowed: use small letters, digits and underscores.`;
  }
  for (const mapping of mappings) {
    if (mapping.id === own) continue;
    if (mapping.name === name) {
      return mapping.state === "RETIRED"
        ? "A retired mapping has this name: bring that one back, or purge it."
        : "Another mapping has this name.";
    }
    if (mapping.aliases.includes(name)) {
      return `It is a former name of ${mapping.name} and still leads there.`;
    }
  }
  return null;
}
