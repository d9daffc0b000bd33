import { useState } from "react";
import { draftOf, emptyDraft, sameDraft, type Draft } from "./draft";
import type { MappingRow } from "./fieldsDocument";
import { newMapping } from "./fieldsSearch";
import type { Base } from "./useAutosave";

interface Edited {
  of: string;
  /** As it was last seen: somebody may purge it while it is being changed. */
  mapping: MappingRow | undefined;
  /** Undefined for a mapping that is being made. */
  base: Base | undefined;
  draft: Draft;
}

export interface Editing {
  /** The open mapping; undefined while it is being made, or is not known (any more). */
  mapping: MappingRow | undefined;
  base: Base | undefined;
  draft: Draft;
  change: (draft: Draft) => void;
  /** Begins a new mapping. */
  begin: (draft: Draft) => void;
  /** Forgets what is not saved. */
  discard: () => void;
  /** What was submitted is saved; what was typed meanwhile stays. */
  saved: (mapping: MappingRow, submitted: Draft) => void;
}

function baseOf(mapping: MappingRow): Base {
  return { id: mapping.id, version: mapping.version, draft: draftOf(mapping) };
}

/** What is being changed about the open mapping, and what it was when that began. */
export function useEditing(open: string | undefined, mappings: readonly MappingRow[]): Editing {
  const [edited, setEdited] = useState<Edited>();
  const current = edited !== undefined && edited.of === open ? edited : undefined;
  const mapping = mappings.find(({ id }) => id === open) ?? current?.mapping;
  const base = current?.base ?? (mapping && baseOf(mapping));
  return {
    mapping,
    base,
    draft: current?.draft ?? (mapping ? draftOf(mapping) : emptyDraft),
    change: (draft) => open !== undefined && setEdited({ of: open, mapping, base, draft }),
    begin: (draft) => setEdited({ of: newMapping, mapping: undefined, base: undefined, draft }),
    discard: () => setEdited(undefined),
    saved: (saved, submitted) =>
      setEdited((before) =>
        before?.of === saved.id && !sameDraft(before.draft, submitted)
          ? { ...before, mapping: saved, base: baseOf(saved) }
          : undefined,
      ),
  };
}
