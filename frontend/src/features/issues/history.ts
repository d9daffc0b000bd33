interface Change {
  at: string;
  field: string;
  from: string | null;
  fromText: string | null;
  to: string | null;
  toText: string | null;
  author: { id: string; displayName: string } | null;
}

export interface HistoryEntry {
  id: string;
  at: string;
  author: string;
  changes: { field: string; from: string | null; to: string | null }[];
}

/** Jira writes no value as an empty text, here and there. */
function value(text: string | null, id: string | null): string | null {
  return [text, id].find((one) => one !== null && one !== "") ?? null;
}

/** Puts together what one person changed at one time, as Jira shows it. */
export function groupChanges(changes: readonly Change[]): HistoryEntry[] {
  const entries: HistoryEntry[] = [];
  for (const change of changes) {
    const id = `${change.at} ${change.author?.id ?? ""}`;
    let entry = entries.at(-1);
    if (entry?.id !== id) {
      entry = { id, at: change.at, author: change.author?.displayName ?? "Unknown", changes: [] };
      entries.push(entry);
    }
    entry.changes.push({
      field: change.field,
      from: value(change.fromText, change.from),
      to: value(change.toText, change.to),
    });
  }
  return entries;
}
