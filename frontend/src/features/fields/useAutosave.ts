import { useEffect, useEffectEvent, useRef, useState } from "react";
import { useClient, type CombinedError } from "urql";
import { useLiveStore } from "@/live/LiveContext";
import { explain } from "@/ui/explain";
import { changedParts, inputOf, type Draft } from "./draft";
import { mappingsNowDocument, saveMappingDocument, type MappingRow } from "./fieldsDocument";
import type { PreviewState } from "./usePreview";
import { reasonToAsk } from "./verdict";

/** A mapping as it was when somebody began to change it. */
export interface Base {
  id: string;
  version: number;
  draft: Draft;
}

/** Two admins changed the same mapping; `theirs` is null when it is gone. */
export interface Conflict {
  theirs: MappingRow | null;
}

export type SaveState =
  | { phase: "same" }
  | { phase: "invalid" }
  | { phase: "checking" }
  /** It would lose something: a person says whether it shall be saved. */
  | { phase: "asking"; reasons: string[] }
  /** Nothing speaks against it: it saves itself. */
  | { phase: "due" }
  | { phase: "saving" }
  | { phase: "failed"; error: CombinedError }
  | { phase: "conflict"; conflict: Conflict };

/** Which version a save replaces: the one it began from, a newer one, or none. */
export type SaveOver = Pick<Base, "id" | "version"> | "anew";

export interface Autosave {
  state: SaveState;
  /** Saves whatever the dry run says; reports whether it is saved. */
  save: (submitted: Draft, over?: SaveOver) => Promise<boolean>;
  retry: () => void;
}

type Attempt = { key: string } & (
  | { phase: "saving" }
  | { phase: "failed"; error: CombinedError }
  | { phase: "conflict"; conflict: Conflict }
);

/** Where the saving of a change stands, told from what is known of it. */
export function saveState(
  mapping: MappingRow,
  base: Draft,
  draft: Draft,
  isValid: boolean,
  preview: PreviewState,
): SaveState {
  const parts = changedParts(base, draft);
  if (parts.length === 0) return { phase: "same" };
  if (!isValid) return { phase: "invalid" };
  if (parts.every((part) => part === "label")) return { phase: "due" };
  switch (preview.phase) {
    case "none":
    case "loading":
      return { phase: "checking" };
    case "failed":
      return { phase: "failed", error: preview.error };
    case "ready": {
      const reasons = reasonToAsk(mapping, base, draft, preview.data);
      return reasons.length > 0 ? { phase: "asking", reasons } : { phase: "due" };
    }
  }
}

/**
 * Saves a changed mapping by itself once its dry run shows that nothing is lost: once for each
 * state of the draft, whatever renders again.
 */
export function useAutosave({
  mapping,
  base,
  draft,
  isValid,
  preview,
  askPreview,
  onSaved,
}: {
  mapping: MappingRow;
  base: Base;
  draft: Draft;
  isValid: boolean;
  preview: PreviewState;
  askPreview: () => void;
  onSaved: (saved: MappingRow, submitted: Draft) => void;
}): Autosave {
  const client = useClient();
  const live = useLiveStore();
  const [attempt, setAttempt] = useState<Attempt>();
  const key = JSON.stringify(inputOf(draft, base));
  const known = saveState(mapping, base.draft, draft, isValid, preview);
  const state: SaveState = attempt?.key === key && known.phase !== "same" ? attempt : known;

  const save = async (submitted: Draft, over: SaveOver = base) => {
    const input = inputOf(submitted, over === "anew" ? undefined : over);
    const mine = JSON.stringify(inputOf(submitted, base));
    setAttempt({ key: mine, phase: "saving" });
    const { data, error } = await client.mutation(saveMappingDocument, { input }).toPromise();
    if (data) {
      setAttempt(undefined);
      onSaved(data.saveFieldMapping, submitted);
      live.dispatch({ type: "stale" });
      return true;
    }
    if (!error) return false;
    if (explain(error).code !== "CONFLICT") {
      setAttempt({ key: mine, phase: "failed", error });
      return false;
    }
    const now = await client.query(mappingsNowDocument, {}, { requestPolicy: "network-only" });
    if (!now.data) {
      setAttempt({ key: mine, phase: "failed", error: now.error ?? error });
      return false;
    }
    const theirs = now.data.fieldMappings.find(({ id }) => id === base.id) ?? null;
    setAttempt({ key: mine, phase: "conflict", conflict: { theirs } });
    return false;
  };

  const asked = useRef<string>(undefined);
  const saveItself = useEffectEvent(() => {
    if (asked.current === key) return;
    asked.current = key;
    void save(draft);
  });
  const isDue = state.phase === "due";
  useEffect(() => {
    if (isDue) saveItself();
  }, [isDue, key]);

  return {
    state,
    save,
    retry: () => {
      if (known.phase === "failed") askPreview();
      else void save(draft);
    },
  };
}
