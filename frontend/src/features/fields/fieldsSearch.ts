import { oneOf, oneText } from "@/urlParams";

export const fieldViews = ["fields", "mappings", "suggestions"] as const;
export type FieldView = (typeof fieldViews)[number];

export const fieldKinds = ["unmapped", "mapped", "changed", "missing"] as const;
export type FieldKind = (typeof fieldKinds)[number];

/** Stands for the mapping that is being made. */
export const newMapping = "new";

/** Which fields are listed, what is beside them, and what is open. */
export interface FieldsSearch {
  q?: string | undefined;
  instance?: string | undefined;
  /** Jira's name of a type. */
  type?: string | undefined;
  kind?: FieldKind | undefined;
  /** Fields that Jira has by itself are hidden unless asked for. */
  system?: "show" | undefined;
  view?: FieldView | undefined;
  /** Id of the open mapping, or `new`. */
  mapping?: string | undefined;
}

export function parseFieldsSearch(raw: Record<string, unknown>): FieldsSearch {
  return {
    q: oneText(raw["q"]),
    instance: oneText(raw["instance"]),
    type: oneText(raw["type"]),
    kind: oneOf(raw["kind"], fieldKinds),
    system: oneOf(raw["system"], ["show"]),
    view: oneOf(raw["view"], fieldViews),
    mapping: oneText(raw["mapping"]),
  };
}

export interface BackupsSearch {
  backup?: string | undefined;
}

export function parseBackupsSearch(raw: Record<string, unknown>): BackupsSearch {
  return { backup: oneText(raw["backup"]) };
}
