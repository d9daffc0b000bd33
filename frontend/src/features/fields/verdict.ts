import { formatNumber, plural } from "@/ui/format";
import { changedParts, type Draft } from "./draft";
import type { MappingRow, Preview } from "./fieldsDocument";
import { typeLabels } from "./fieldTypes";

/**
 * Why a change of a mapping should wait for a person; nothing where it may save itself. A change
 * of name or label touches no value.
 */
export function reasonToAsk(mapping: MappingRow, base: Draft, draft: Draft, preview: Preview) {
  const parts = changedParts(base, draft);
  const reasons: string[] = [];
  if (parts.includes("type")) {
    reasons.push(
      `Filters and reports will get ${typeLabels[draft.type].toLowerCase()} instead of ${typeLabels[base.type].toLowerCase()}.`,
    );
  }
  if (!parts.includes("type") && !parts.includes("sources")) return reasons;
  if (preview.failed > mapping.conversionErrors) {
    reasons.push(
      `${plural(preview.failed, "value")} would not convert; now it is ${formatNumber(mapping.conversionErrors)}.`,
    );
  }
  // Only a look at all issues can be compared with what the column holds.
  const lost = mapping.filled - preview.filled;
  if (preview.examined === preview.total && lost > 0) {
    reasons.push(`${plural(lost, "issue")} would lose the value.`);
  }
  return reasons;
}
