import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { Button } from "@/ui/Button";
import { ConflictDialog } from "./ConflictDialog";
import { changedParts, draftOf, nameProblem, type Draft } from "./draft";
import { EditorFrame } from "./EditorFrame";
import type { FieldRow, MappingRow } from "./fieldsDocument";
import { MappingFacts } from "./MappingFacts";
import { MappingForm } from "./MappingForm";
import { MappingStateBadge } from "./MappingStateBadge";
import { PreviewPanel } from "./PreviewPanel";
import { PurgeDialog } from "./PurgeDialog";
import { RetireDialog } from "./RetireDialog";
import { SaveLine } from "./SaveLine";
import { SourceList } from "./SourceList";
import { useAutosave, type Base, type Conflict } from "./useAutosave";
import type { Editing } from "./useEditing";
import type { MappingProgress } from "./useMappingProgress";
import { usePreview } from "./usePreview";
import styles from "./EditorFrame.module.css";

interface Props {
  mapping: MappingRow;
  base: Base;
  editing: Editing;
  mappings: readonly MappingRow[];
  fields: readonly FieldRow[];
  instances: readonly string[];
  progress: MappingProgress | undefined;
  onOpen: (id: string) => void;
  onClose: () => void;
}

/** A saved mapping: what is changed about it is dry-run, then saves itself. */
export function MappingEditor(props: Props) {
  const { mapping, base, editing, mappings, fields, instances, progress, onOpen, onClose } = props;
  const { draft, change } = editing;
  // What can be gone back to: what was saved before, and what gave way in a conflict.
  const [past, setPast] = useState<readonly Draft[]>([]);
  const [saved, setSaved] = useState(false);
  const [dismissed, setDismissed] = useState<Conflict>();
  const isRetired = mapping.state === "RETIRED";
  const isValid =
    nameProblem(draft.name, mappings, mapping.id) === null && draft.sources.length > 0;
  const parts = changedParts(base.draft, draft);
  const isChanged = !isRetired && parts.some((part) => part !== "label");
  const [preview, askPreview] = usePreview(draft, isValid && isChanged, base);
  const { state, save, retry } = useAutosave({
    mapping,
    base,
    draft,
    isValid: isValid && !isRetired,
    preview,
    askPreview,
    onSaved: (row, submitted) => {
      setSaved(true);
      setPast((before) => (before.at(-1) === submitted ? before : [...before, base.draft]));
      editing.saved(row, submitted);
      if (row.id !== mapping.id) onOpen(row.id);
    },
  });

  const undo = async () => {
    const last = past.at(-1);
    if (!last) return;
    change(last);
    if (await save(last)) setPast(past.slice(0, -1));
  };

  return (
    <EditorFrame
      title={mapping.label}
      aside={<MappingStateBadge state={mapping.state} />}
      onClose={onClose}
      footer={
        isRetired ? (
          <RetiredLine {...props} onBringBack={() => void save(draft)} />
        ) : (
          <SaveLine
            state={state}
            saved={saved}
            onSave={() => void save(draft)}
            onRetry={retry}
            onDiscard={editing.discard}
            onCompare={() => setDismissed(undefined)}
            onUndo={past.length > 0 ? () => void undo() : undefined}
          />
        )
      }
    >
      <fieldset disabled={isRetired} className={styles.parts}>
        <MappingForm
          draft={draft}
          mapping={mapping}
          mappings={mappings}
          nameError={null}
          onChange={change}
        />
        <SourceList draft={draft} fields={fields} instances={instances} onChange={change} />
      </fieldset>
      <PreviewPanel state={preview} onRetry={askPreview} />
      <MappingFacts mapping={mapping} progress={progress} />
      {!isRetired && <Actions mapping={mapping} />}
      {state.phase === "conflict" && state.conflict !== dismissed && (
        <ConflictDialog
          theirs={state.conflict.theirs}
          base={base.draft}
          mine={draft}
          onKeepTheirs={() => {
            setPast([...past, draft]);
            editing.discard();
            if (state.conflict.theirs === null) onClose();
          }}
          onSave={(wanted) => {
            const { theirs } = state.conflict;
            change(wanted);
            void save(wanted, theirs ?? "anew").then((isSaved) => {
              if (isSaved && theirs) setPast([...past, draftOf(theirs)]);
            });
          }}
          onClose={() => setDismissed(state.conflict)}
        />
      )}
    </EditorFrame>
  );
}

function Actions({ mapping }: { mapping: MappingRow }) {
  const [retiring, setRetiring] = useState(false);
  return (
    <div className={styles.actions}>
      {mapping.filled > 0 && (
        <Link to="/issues" search={{ fields: [`${mapping.name}:(any)`] }} className={styles.link}>
          Show the issues with a value
        </Link>
      )}
      <Button onClick={() => setRetiring(true)}>Retire…</Button>
      {retiring && <RetireDialog mapping={mapping} onClose={() => setRetiring(false)} />}
    </div>
  );
}

function RetiredLine({ mapping, onClose, onBringBack }: Props & { onBringBack: () => void }) {
  const [purging, setPurging] = useState(false);
  return (
    <div className={styles.footer}>
      <p className={styles.note}>
        Retired: it is not offered any more. Its column and values stay until it is purged.
      </p>
      <div className={styles.actions}>
        <Button variant="primary" onClick={onBringBack}>
          Bring back
        </Button>
        <Button onClick={() => setPurging(true)}>Purge…</Button>
      </div>
      {purging && (
        <PurgeDialog mapping={mapping} onClose={() => setPurging(false)} onPurged={onClose} />
      )}
    </div>
  );
}
