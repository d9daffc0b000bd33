import { fieldTypes, typeLabels } from "./fieldTypes";

/** A line of a mapping in a backup, in words. */
export interface Told {
  part: string;
  text: string;
}

function textOf(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}

function sourceOf(source: Json): string {
  if (typeof source !== "object" || source === null || Array.isArray(source)) return "";
  return `${textOf(source["instance"])}: ${textOf(source["fieldId"])}`;
}

/** What a backup keeps of a mapping, part by part. */
export function tellSaved(saved: Json): Told[] {
  if (typeof saved !== "object" || saved === null || Array.isArray(saved)) return [];
  const type = fieldTypes.find((one) => one === saved["type"]);
  const sources = Array.isArray(saved["sources"]) ? saved["sources"] : [];
  return [
    { part: "Name", text: textOf(saved["name"]) },
    { part: "Label", text: textOf(saved["label"]) },
    { part: "Type", text: type ? typeLabels[type] : textOf(saved["type"]) },
    { part: "Sources", text: sources.map(sourceOf).join(", then ") },
    { part: "State", text: saved["retired"] === true ? "Retired" : "In use" },
  ];
}

/** The parts in which two kept mappings differ, each with both texts; empty where it is missing. */
export function tellDifference(
  backup: Json,
  now: Json,
): { part: string; backup: string; now: string }[] {
  const then = tellSaved(backup);
  const present = tellSaved(now);
  const parts = then.length > 0 ? then : present;
  return parts
    .map(({ part }) => ({
      part,
      backup: then.find((told) => told.part === part)?.text ?? "",
      now: present.find((told) => told.part === part)?.text ?? "",
    }))
    .filter((line) => line.backup !== line.now);
}
